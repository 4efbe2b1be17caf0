--- Runs one of the functions below in LuaJIT, outside of Envoy: `luajit run.lua NAME`, once for every argument list on stdin
-- (MessagePack arrays); the results go to stdout, packed.
local msgpack = require 'msgpack'

local function plain(value)
  if type(value) ~= 'table' or value == msgpack.null then return value end
  local out = {}
  if value.pairs then
    for i = 1, #value, 2 do
      out[value[i]] = plain(value[i + 1])
    end
  else
    for i = 1, #value do
      out[i] = plain(value[i])
    end
  end
  return out
end

--- Reads MessagePack: the counterpart that the filter does not need.
local text, at = io.read('*a'), 1

local function bytes(n)
  at = at + n
  return text:sub(at - n, at - 1)
end

local function uint(n)
  local value = 0
  for i = 1, n do
    value = value * 256 + bytes(1):byte()
  end
  return value
end

local function int(n)
  local first = text:byte(at)
  if first < 0x80 then return uint(n) end
  local value = 0
  for _ = 1, n do
    value = value * 256 + (255 - bytes(1):byte())
  end
  return -value - 1
end

local function float()
  local high, low = uint(4), uint(4)
  local sign = high >= 0x80000000 and -1 or 1
  local exponent = math.floor(high / 0x100000) % 0x800
  local fraction = (high % 0x100000) * 0x100000000 + low
  if exponent == 0x7ff then return fraction == 0 and sign / 0 or 0 / 0 end
  if exponent == 0 then return sign * math.ldexp(fraction, -1074) end
  return sign * math.ldexp(fraction + 2 ^ 52, exponent - 1075)
end

local read

local function array(count)
  local out = {}
  for i = 1, count do
    out[i] = read()
  end
  return out
end

local function map(count)
  local out = msgpack.map(array(2 * count))
  out.pairs = true
  return out
end

local READERS = {
  [0xc0] = function() return msgpack.null end,
  [0xc2] = function() return false end,
  [0xc3] = function() return true end,
  [0xcb] = float,
  [0xdc] = function() return array(uint(2)) end,
  [0xdd] = function() return array(uint(4)) end,
  [0xde] = function() return map(uint(2)) end,
  [0xdf] = function() return map(uint(4)) end,
}
for i = 0, 2 do
  READERS[0xc4 + i] = function() return msgpack.bin(bytes(uint(2 ^ i))) end
  READERS[0xd9 + i] = function() return bytes(uint(2 ^ i)) end
end
for i = 0, 3 do
  READERS[0xcc + i] = function() return uint(2 ^ i) end
  READERS[0xd0 + i] = function() return int(2 ^ i) end
end

function read()
  local first = bytes(1):byte()
  if first < 0x80 then return first end
  if first < 0x90 then return map(first - 0x80) end
  if first < 0xa0 then return array(first - 0x90) end
  if first < 0xc0 then return bytes(first - 0xa0) end
  if first >= 0xe0 then return first - 0x100 end
  return READERS[first]()
end

--- Stands in for Envoy's headers.
local function headers(values)
  return { get = function(_, name) return values[name] end }
end

--- Stands in for a handle of Envoy: keeps the calls; knows only the clusters given, and the oldest form if told so.
local function handle(clusters, old)
  local calls = {}
  return {
    calls = calls,
    httpCall = function(_, cluster, sent, body, options)
      if old and type(options) ~= 'number' then error('number expected') end
      if not clusters[cluster] then error('no such cluster') end
      calls[#calls + 1] = { cluster, body, sent['authorization'] or msgpack.null }
    end,
  }
end

local functions = {}

function functions.identity(value)
  return value
end

--- Whether a table nested `depth` deep can be packed; else the message.
function functions.nested(depth)
  local value = {}
  for _ = 2, depth do
    value = { value }
  end
  local ok, problem = pcall(msgpack.pack, value)
  return ok or problem
end

function functions.unknown()
  local _, problem = pcall(msgpack.pack, { print })
  return problem
end

functions['tapwire.address'] = function(written)
  return { require('tapwire.address').read(written) }
end

functions['tapwire.trace'] = function(values)
  return require('tapwire.trace').of(plain(values))
end

functions['tapwire.settings'] = function(given)
  local found, problem = require('tapwire.settings').read(plain(given))
  return found and { found.token, found.body_bytes } or problem
end

functions['tapwire.choice'] = function(given, authority, path)
  local settings = require('tapwire.settings').read(plain(given))
  return require('tapwire.choice').new(settings):refuses(headers { [':authority'] = authority, [':path'] = path })
end

--- Of `count` exchanges, how many a sample lets through.
function functions.sample(share, count)
  local choice = require('tapwire.choice').new(require('tapwire.settings').read { sample = share })
  math.randomseed(1)
  local chosen = 0
  for _ = 1, count do
    if not choice:refuses(headers {}) then chosen = chosen + 1 end
  end
  return chosen
end

--- `sends`: {bytes, time in µs} each. What every one was answered, then what Envoy got.
function functions.rrasync(given, known, old, sends)
  local options = plain(given)
  local sender = require('rrasync').new(options, 1)
  local stub = handle(plain(known), old)
  local answers = {}
  for i, send in ipairs(sends) do
    answers[i] = sender:send(stub, ('x'):rep(send[1]), send[2]) or 'sent'
  end
  for _, call in ipairs(stub.calls) do
    call[2] = #call[2]
  end
  return { answers, stub.calls }
end

--- `events`: {'open' | 'close', id, time} or {'add', text, time}. The bodies of the calls, each with the number of its event.
functions['tapwire.outbox'] = function(events)
  local flushed = {}
  local current
  local sender = { send = function(_, _, body) flushed[#flushed + 1] = { current, body } end }
  local outbox = require('tapwire.outbox').new(sender, function() end)
  for i, event in ipairs(events) do
    current = i
    local what, value, now = event[1], event[2], event[3]
    if what == 'open' then outbox:opened(nil, value, now) end
    if what == 'close' then outbox:closed(value) end
    if what == 'add' then outbox:add(nil, value, now) end
  end
  return flushed
end

--- `chunks` into a body within two bounds, of which `held` is taken already: what was kept, how many passed, what is held then
-- before and after it is taken, and how often the second bound was met.
functions['tapwire.body'] = function(body_bytes, held_bytes, held, chunks)
  local met = 0
  local worker = { body_bytes = body_bytes, held_bytes = held_bytes, held = held, count = function() met = met + 1 end }
  local body = require('tapwire.body').new(worker)
  for _, chunk in ipairs(chunks) do
    body:add {
      length = function() return #chunk end,
      getBytes = function(_, from, count) return chunk:sub(from + 1, from + count) end,
    }
  end
  local before = worker.held
  return { table.concat(body:take()), body.bytes, before, worker.held, met }
end

--- Stands in for what Envoy hands to the filter, as an early release has it; `broken`: nothing works.
local function early_handle(sent, memory, values, broken)
  local list = {}
  for name in pairs(values) do
    list[#list + 1] = name
  end
  table.sort(list)
  local map = setmetatable({}, { __index = { get = function(_, name) return values[name] end } })
  local info = {
    dynamicMetadata = function()
      return {
        set = function(_, space, name, value)
          memory[space] = memory[space] or {}
          memory[space][name] = value
        end,
        get = function(_, space) return memory[space] end,
      }
    end,
    downstreamLocalAddress = function() return '10.0.0.2:8443' end,
    downstreamDirectRemoteAddress = function() return '10.0.0.9:1234' end,
    downstreamSslConnection = function() return nil end,
    protocol = function() return 'HTTP/1.1' end,
  }
  return {
    headers = function()
      if broken then error('no headers') end
      -- LuaJIT as Debian has it knows no __pairs: a plain table stands in, with `get` behind it.
      for _, name in ipairs(list) do
        rawset(map, name, values[name])
      end
      return map
    end,
    streamInfo = function() return info end,
    bodyChunks = function() return function() end end,
    trailers = function() return nil end,
    timestampString = function() return '1700000000000000' end,
    httpCall = function(_, _, _, body, timeout, asynchronous)
      if type(timeout) ~= 'number' or asynchronous ~= true then error('number expected') end
      sent[#sent + 1] = body
    end,
  }
end

--- An exchange that breaks the filter, then one that does not: the messages. `finalizers`: this Lua has `newproxy`.
function functions.filter(given, finalizers)
  EnvoyTimestampResolution = {}
  if not finalizers then newproxy = nil end
  require('tapwire').install(plain(given))
  local sent = {}
  for _, broken in ipairs { true, false } do
    local memory = {}
    envoy_on_request(early_handle(sent, memory, { [':method'] = 'GET', [':path'] = '/', accept = '*/*' }, broken))
    envoy_on_response(early_handle(sent, memory, { [':status'] = '204' }, broken))
  end
  for i, body in ipairs(sent) do
    sent[i] = msgpack.bin(body)
  end
  return sent
end

local run = functions[arg[1]]
while at <= #text do
  local arguments = read()
  io.write(msgpack.pack(run(unpack(arguments, 1, #arguments))))
end
