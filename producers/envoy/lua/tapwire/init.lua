--- The filter: mirrors requests and responses as they pass. It reads and never writes; whatever goes wrong in it is counted and
-- the stream goes on (`protected`).
--
--   envoy_on_request    chosen? ─no─► marked as not chosen
--                          └─yes─► id into the stream's dynamic metadata ─► body passes ─► trailers ─► sent
--   envoy_on_response   id from there ─► body passes ─► trailers ─► sent
--
-- `bodyChunks` hands every piece on before the script sees the next one: nothing waits for us, nothing is buffered for us.
local half = require 'tapwire.half'
local message = require 'tapwire.message'
local metadata = require 'tapwire.metadata'
local settings = require 'tapwire.settings'
local trace = require 'tapwire.trace'
local worker = require 'tapwire.worker'

local tapwire = {}

--- Where the two halves find each other: dynamic metadata of the stream, which no client can write.
local NAMESPACE = 'tapwire'
local NOT_CHOSEN = ''

local function microseconds(handle)
  local resolution = EnvoyTimestampResolution.MICROSECOND
  return tonumber(handle:timestampString(resolution))
end

--- Follows the half to its end, or for as long as it may take; sends it.
local function follow(self, handle, current, finish)
  if finish == nil then
    local guard = self:guard(current)
    local deadline = os.time() + self.follow_seconds
    finish = 'complete'
    for chunk in handle:bodyChunks() do
      current.body:add(chunk)
      if os.time() > deadline then
        finish = 'upgraded'
        break
      end
    end
    if finish == 'complete' then
      current:trailers(handle:trailers(), self.secrets)
    end
    guard = nil
  end
  current.seen = microseconds(handle)
  self:send(handle, current, finish, current.seen)
end

--- The half with what both have; what its headers tell the filter; and its message, which the caller completes.
local function begin(self, handle, kind, id)
  local start = microseconds(handle)
  local building = message.new(self.constant)
  building:add('id', id)
  building:add('half', kind)
  building:add('start', start)
  local noted, redacted = building:add_headers('headers', handle:headers(), self.secrets)
  metadata.add(building, handle)
  return half.new(self, building, redacted, start), noted, building
end

local function on_request(self, handle)
  local memory = handle:streamInfo():dynamicMetadata()
  local refused = self.choice:refuses(handle:headers())
  if refused then
    memory:set(NAMESPACE, 'id', NOT_CHOSEN)
    return self:count(refused)
  end
  local id = self:id()
  memory:set(NAMESPACE, 'id', id)
  local current, noted, building = begin(self, handle, 'request', id)
  self.outbox:opened(handle, id, current.seen)
  local method = noted[':method']
  building:add('method', method)
  building:add('scheme', noted[':scheme'] or '')
  building:add('authority', noted[':authority'] or '')
  building:add('path', noted[':path'] or '')
  building:add('trace', trace.of(noted))
  if method == 'CONNECT' then memory:set(NAMESPACE, 'connect', true) end
  follow(self, handle, current, (method == 'CONNECT' or noted['upgrade']) and 'upgraded' or nil)
end

local function on_response(self, handle)
  local memory = handle:streamInfo():dynamicMetadata():get(NAMESPACE)
  -- An answer of Envoy itself to what never became a request (no host, too large a header): there is nothing to go with it.
  if not memory then return self:count('noRequest') end
  if memory.id == NOT_CHOSEN then return end
  local current, noted, building = begin(self, handle, 'response', memory.id)
  local status = tonumber(noted[':status'])
  building:add('status', status)
  building:add('upstream', nil)
  building:add('trace', nil)
  current.closes = memory.id
  local became_other = status == 101 or memory.connect and status >= 200 and status < 300
  follow(self, handle, current, became_other and 'upgraded' or nil)
end

local function protected(self, run)
  return function(handle)
    if not pcall(run, self, handle) then self:count('errors') end
  end
end

--- n bytes from the system; where it has none to give, from the clock and an address in memory.
local function random(n)
  local file = io.open('/dev/urandom', 'rb')
  local bytes = file and file:read(n)
  if file then file:close() end
  if bytes and #bytes == n then return bytes end
  math.randomseed(os.time() + tonumber(tostring({}):match('0x(%x+)') or '0', 16) % 2 ^ 31)
  local out = {}
  for i = 1, n do
    out[i] = string.char(math.random(0, 255))
  end
  return table.concat(out)
end

--- Defines Envoy's two functions. Settings that make no sense are said on stderr, and nothing is mirrored: a script that fails
-- to load would have Envoy refuse the whole listener.
function tapwire.install(given)
  local found, problem = settings.read(given)
  if not found then
    io.stderr:write('tapwire: ', problem, ': nothing is mirrored\n')
    return
  end
  local seed = { random(4):byte(1, 4) }
  math.randomseed(((seed[1] * 256 + seed[2]) * 256 + seed[3]) * 256 + seed[4])
  local self = worker.new(found, random)
  envoy_on_request = protected(self, on_request)
  envoy_on_response = protected(self, on_response)
end

return tapwire
