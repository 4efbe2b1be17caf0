-- Made by infra/deploy/generate.ts from producers/envoy/lua.
local settings = {
  clusters = { 'tapwire-ingest' },
  token = 'REPLACE-WITH-TOKEN',
  body_bytes = 65536,
  sample = 1,
  include_hosts = {  },
  exclude_hosts = {  },
  include_paths = {  },
  exclude_paths = {  },
  exclude_suffixes = {  },
  redact = {  },
}
package.preload['msgpack'] = function()
--- MessagePack, encoding only, in plain Lua 5.1 (github.com/msgpack/msgpack, spec.md).
--
--   nil, msgpack.null       nil
--   boolean                 false, true
--   number                  the shortest int when it is an integer below 2^53 (-0 is 0), float 64 otherwise
--   string                  str, its bytes as they are
--   msgpack.bin(s)          bin
--   msgpack.map{k, v, …}    map: keys and values in turn, in that order, `msgpack.null` for nil
--   any other table         array: its elements from 1 to #t, `msgpack.null` for nil
--
-- Other values, and tables nested deeper than DEPTH, are errors. All numbers are big-endian.
--
-- `pack` gives the bytes of a value. Who writes large values in parts, or knows some parts beforehand, gathers pieces in a table
-- with `put` and the heads, and joins them.
local char, concat = string.char, table.concat
local floor, frexp, ldexp = math.floor, math.frexp, math.ldexp
local getmetatable, setmetatable, type, error = getmetatable, setmetatable, type, error

local DEPTH = 16
local EXACT = 2 ^ 53 - 1

local BIN, MAP = {}, {}
local msgpack = { null = setmetatable({}, { __tostring = function() return 'null' end }) }

function msgpack.bin(bytes)
  return setmetatable({ bytes }, BIN)
end

function msgpack.map(pairs)
  return setmetatable(pairs, MAP)
end

local function uint16(n)
  return char(floor(n / 0x100), n % 0x100)
end

local function uint32(n)
  return char(floor(n / 0x1000000), floor(n / 0x10000) % 0x100, floor(n / 0x100) % 0x100, n % 0x100)
end

local function integer(n)
  if n >= 0 then
    if n < 0x80 then return char(n) end
    if n < 0x100 then return char(0xcc, n) end
    if n < 0x10000 then return '\205' .. uint16(n) end
    if n < 0x100000000 then return '\206' .. uint32(n) end
    return '\207' .. uint32(floor(n / 0x100000000)) .. uint32(n % 0x100000000)
  end
  if n >= -0x20 then return char(0x100 + n) end
  if n >= -0x80 then return char(0xd0, 0x100 + n) end
  if n >= -0x8000 then return '\209' .. uint16(0x10000 + n) end
  if n >= -0x80000000 then return '\210' .. uint32(0x100000000 + n) end
  -- Two's complement in halves: 2^64 + n would be rounded. `%` of Lua is never negative.
  return '\211' .. uint32(floor(n / 0x100000000) % 0x100000000) .. uint32(n % 0x100000000)
end

--- IEEE 754 binary64: sign, 11 bits of exponent (biased by 1023), 52 bits of fraction.
local function float(n)
  if n ~= n then return '\203\127\248\0\0\0\0\0\0' end
  local sign = 0
  if n < 0 then
    sign, n = 0x80000000, -n
  end
  if n == 1 / 0 then return '\203' .. uint32(sign + 0x7ff00000) .. '\0\0\0\0' end
  -- n = m · 2^e with 0.5 ≤ m < 1, hence 1.f · 2^(e-1); below 2^-1022 it is 0.f · 2^-1022.
  local m, e = frexp(n)
  local exponent, fraction = e + 1022, (m * 2 - 1) * 2 ^ 52
  if exponent <= 0 then
    exponent, fraction = 0, ldexp(m, 52 + e + 1022)
  end
  return '\203' .. uint32(sign + exponent * 0x100000 + floor(fraction / 0x100000000)) .. uint32(fraction % 0x100000000)
end

--- First bytes by length: a short form up to `short`, then those for 8 (if there is one), 16 and 32 bits of length.
local function head(length, first, short, head8, head16, head32)
  if length <= short then return char(first + length) end
  if head8 and length < 0x100 then return char(head8, length) end
  if length < 0x10000 then return char(head16) .. uint16(length) end
  return char(head32) .. uint32(length)
end

--- What begins a bin of `length` bytes.
function msgpack.bin_head(length)
  return head(length, 0, -1, 0xc4, 0xc5, 0xc6)
end

--- What begins an array of `count` elements, and a map of `count` keys and values.
function msgpack.array_head(count)
  return head(count, 0x90, 15, nil, 0xdc, 0xdd)
end

function msgpack.map_head(count)
  return head(count, 0x80, 15, nil, 0xde, 0xdf)
end

local function put(out, n, value, depth)
  local kind = type(value)
  if kind == 'string' then
    out[n + 1] = head(#value, 0xa0, 31, 0xd9, 0xda, 0xdb)
    out[n + 2] = value
    return n + 2
  end
  if kind == 'number' then
    local exact = floor(value) == value and value <= EXACT and value >= -EXACT
    out[n + 1] = exact and integer(value) or float(value)
    return n + 1
  end
  if value == nil or value == msgpack.null then
    out[n + 1] = '\192'
    return n + 1
  end
  if kind == 'boolean' then
    out[n + 1] = value and '\195' or '\194'
    return n + 1
  end
  if kind ~= 'table' then error('msgpack: cannot encode a ' .. kind) end
  local mark = getmetatable(value)
  if mark == BIN then
    local bytes = value[1]
    out[n + 1] = msgpack.bin_head(#bytes)
    out[n + 2] = bytes
    return n + 2
  end
  if depth == 0 then error('msgpack: nested deeper than ' .. DEPTH) end
  local count = #value
  out[n + 1] = mark == MAP and msgpack.map_head(count / 2) or msgpack.array_head(count)
  n = n + 1
  for i = 1, count do
    n = put(out, n, value[i], depth - 1)
  end
  return n
end

--- Adds the pieces of a value behind the first `n` of `out`; gives how many there are then.
function msgpack.put(out, n, value)
  return put(out, n, value, DEPTH)
end

--- The bytes of one value.
function msgpack.pack(value)
  local out = {}
  local n = put(out, 0, value, DEPTH)
  return concat(out, '', 1, n)
end

return msgpack
end
package.preload['rrasync'] = function()
--- Hands messages to ingest servers without waiting for an answer: one cluster of Envoy after the other.
--
-- Nobody hears what became of an asynchronous call, so the bound is on what can be under way: no call lives longer than
-- `timeout_ms`, hence what was handed over within that time is all that Envoy can still hold. Time is cut into slots of a tenth of
-- it; the bytes of this slot and of the ten before it stay within `in_flight_bytes`.
local floor, pcall = math.floor, pcall

local SLOTS = 10
local KEPT = SLOTS + 1

local rrasync = {}
local Sender = {}
Sender.__index = Sender

local function no_bytes()
  local slots = {}
  for i = 0, SLOTS do
    slots[i] = 0
  end
  return slots
end

--- options: clusters (names), path, authority, token (or nil), timeout_ms, in_flight_bytes; first: where to begin, from 1.
function rrasync.new(options, first)
  local headers = {
    [':method'] = 'POST',
    [':path'] = options.path,
    [':authority'] = options.authority,
    ['content-type'] = 'application/x-msgpack',
  }
  if options.token then headers['authorization'] = 'Bearer ' .. options.token end
  return setmetatable({
    clusters = options.clusters,
    next = first,
    headers = headers,
    timeout_ms = options.timeout_ms,
    in_flight_bytes = options.in_flight_bytes,
    slot_us = options.timeout_ms * 1000 / SLOTS,
    slot = 0,
    --- Bytes by slot, modulo KEPT, and all of them.
    slots = no_bytes(),
    bytes = 0,
    form = 1,
  }, Sender)
end

--- What releases of Envoy take as last arguments, newest first. With the older forms a message gets an x-forwarded-for
-- header, or a span of its own in traces.
local FORMS = {
  function(self)
    return { asynchronous = true, timeout_ms = self.timeout_ms, trace_sampled = false, send_xff = false }
  end,
  function(self) return { asynchronous = true, timeout_ms = self.timeout_ms, trace_sampled = false } end,
  function(self) return self.timeout_ms, true end,
}

--- Forgets the slots that are over at `now` (µs): all of them when the clock jumped.
function Sender:turn(now)
  local slot = floor(now / self.slot_us)
  if slot < self.slot or slot - self.slot >= KEPT then
    self.slots, self.bytes = no_bytes(), 0
  else
    for passed = self.slot + 1, slot do
      self.bytes = self.bytes - self.slots[passed % KEPT]
      self.slots[passed % KEPT] = 0
    end
  end
  self.slot = slot
end

--- Makes room for `bytes` at `now`; false when too much is under way.
function Sender:admit(bytes, now)
  self:turn(now)
  if self.bytes + bytes > self.in_flight_bytes then return false end
  self.bytes = self.bytes + bytes
  self.slots[self.slot % KEPT] = self.slots[self.slot % KEPT] + bytes
  return true
end

--- Nil, or why it could not be handed over: 'overload' when too much is under way, 'errors' when Envoy knows none of the clusters.
function Sender:send(handle, body, now)
  if not self:admit(#body, now) then return 'overload' end
  for _ = 1, #self.clusters do
    local cluster = self.clusters[self.next]
    self.next = self.next % #self.clusters + 1
    for form = self.form, #FORMS do
      if pcall(handle.httpCall, handle, cluster, self.headers, body, FORMS[form](self)) then
        self.form = form
        return nil
      end
    end
  end
  return 'errors'
end

return rrasync
end
package.preload['tapwire.settings'] = function()
--- What the filter is told, checked once when Envoy loads it.
local settings = {}

local DEFAULTS = {
  --- Clusters of Envoy with ingest servers, taken in turn.
  clusters = { 'tapwire-ingest' },
  path = '/v1/messages',
  authority = 'tapwire-ingest',
  --- What the ingest server wants to see, or the file that holds it (read once).
  token = false,
  token_file = false,
  --- No call lives longer.
  timeout_ms = 1000,
  --- What may be under way to the ingest servers, per worker thread: see rrasync.
  in_flight_bytes = 64 * 1024 * 1024,
  --- Bytes kept of each body. The rest is counted only.
  body_bytes = 64 * 1024,
  --- Bytes kept of all bodies that are not complete yet, per worker thread.
  held_bytes = 64 * 1024 * 1024,
  --- A half that goes on longer is sent as it is then: a stream without an end would never be.
  follow_seconds = 30,
  --- Share of exchanges that are mirrored, 0 to 1.
  sample = 1,
  --- Host names, without port; `*.example.com` stands for all below it. None included: all are.
  include_hosts = {},
  exclude_hosts = {},
  --- Beginnings of paths.
  include_paths = {},
  exclude_paths = {},
  --- Ends of paths, e.g. `.png`.
  exclude_suffixes = {},
  --- Headers whose values do not leave Envoy.
  redact = {},
  --- Name of this Envoy; else what its environment says (see metadata.lua).
  node = false,
}

local POSITIVE = { 'timeout_ms', 'in_flight_bytes', 'held_bytes', 'follow_seconds' }
local TEXTS = { 'path', 'authority', 'token', 'token_file', 'node' }

local function is_text_list(value)
  if type(value) ~= 'table' then return false end
  for key, item in pairs(value) do
    if type(key) ~= 'number' or type(item) ~= 'string' or item == '' then return false end
  end
  return true
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value < 2 ^ 53 and value == math.floor(value)
end

local function problem_of(found)
  for _, name in ipairs(POSITIVE) do
    if not is_count(found[name]) or found[name] == 0 then return name .. ': expected a whole number above 0' end
  end
  if not is_count(found.body_bytes) then return 'body_bytes: expected a whole number' end
  if type(found.sample) ~= 'number' or not (found.sample >= 0 and found.sample <= 1) then
    return 'sample: expected 0 to 1'
  end
  for _, name in ipairs(TEXTS) do
    local value = found[name]
    if value ~= false and (type(value) ~= 'string' or value == '') then return name .. ': expected text' end
  end
  for name, default in pairs(DEFAULTS) do
    if type(default) == 'table' and not is_text_list(found[name]) then return name .. ': expected a list of texts' end
  end
  if #found.clusters == 0 then return 'clusters: at least one is needed' end
end

local function first_line(file)
  local handle, reason = io.open(file, 'r')
  if not handle then return nil, reason end
  local line = handle:read('*l')
  handle:close()
  return line and line:match('^%s*(%S+)%s*$'), file .. ': no token in its first line'
end

--- All settings, or nil and what is wrong.
function settings.read(given)
  local found = {}
  for name, default in pairs(DEFAULTS) do
    found[name] = default
  end
  for name, value in pairs(given) do
    if DEFAULTS[name] == nil then return nil, tostring(name) .. ': no such setting' end
    found[name] = value
  end
  local problem = problem_of(found)
  if problem then return nil, problem end
  if found.token_file then
    local token, reason = first_line(found.token_file)
    if not token then return nil, 'token_file: ' .. tostring(reason) end
    found.token = token
  end
  return found
end

return settings
end
package.preload['tapwire.choice'] = function()
--- Which exchanges are mirrored: by host, by path, and a sample of the rest. Plain comparisons, linear in what a client sends.
local find, lower, random, sub = string.find, string.lower, math.random, string.sub

local choice = {}
local Choice = {}
Choice.__index = Choice

local function lowered(list)
  local out = {}
  for i, item in ipairs(list) do
    out[i] = lower(item)
  end
  return out
end

function choice.new(settings)
  return setmetatable({
    sample = settings.sample,
    by_host = #settings.include_hosts + #settings.exclude_hosts > 0,
    by_path = #settings.include_paths + #settings.exclude_paths + #settings.exclude_suffixes > 0,
    include_hosts = lowered(settings.include_hosts),
    exclude_hosts = lowered(settings.exclude_hosts),
    include_paths = settings.include_paths,
    exclude_paths = settings.exclude_paths,
    exclude_suffixes = settings.exclude_suffixes,
  }, Choice)
end

local function starts(text, prefix)
  return sub(text, 1, #prefix) == prefix
end

local function ends(text, suffix)
  return #text >= #suffix and sub(text, -#suffix) == suffix
end

local function any(list, text, test)
  for i = 1, #list do
    if test(text, list[i]) then return true end
  end
  return false
end

local function is_host(host, rule)
  if sub(rule, 1, 2) == '*.' then return ends(host, sub(rule, 2)) end
  return host == rule
end

--- Lower case, without port: `[::1]:80` is `[::1]`.
local function host_of(authority)
  local host = lower(authority)
  local bracket = find(host, ']', 1, true)
  local colon = find(host, ':', bracket or 1, true)
  return colon and sub(host, 1, colon - 1) or host
end

--- What a server may read as another path than what it looks like: nobody gets past the mirror with `/static/../admin`.
local AMBIGUOUS = { '..', '%', '//', '\\', ';' }

local function is_plain(path)
  for i = 1, #AMBIGUOUS do
    if find(path, AMBIGUOUS[i], 1, true) then return false end
  end
  return true
end

function Choice:refuses_host(authority)
  local host = host_of(authority)
  if #self.include_hosts > 0 and not any(self.include_hosts, host, is_host) then return true end
  return any(self.exclude_hosts, host, is_host)
end

function Choice:refuses_path(target)
  local query = find(target, '?', 1, true)
  local path = query and sub(target, 1, query - 1) or target
  if not is_plain(path) then return false end
  if #self.include_paths > 0 and not any(self.include_paths, path, starts) then return true end
  return any(self.exclude_paths, path, starts) or any(self.exclude_suffixes, path, ends)
end

--- Nil when the exchange is mirrored, else the counter of why not: 'filtered' or 'sampledOut'. `headers`: those of the request.
function Choice:refuses(headers)
  if self.by_host and self:refuses_host(headers:get(':authority') or '') then return 'filtered' end
  if self.by_path and self:refuses_path(headers:get(':path') or '') then return 'filtered' end
  if self.sample < 1 and random() >= self.sample then return 'sampledOut' end
end

return choice
end
package.preload['tapwire.trace'] = function()
--- The id that tracing gave a request, as data: a client can send any. Bounded, and never used to join anything.
local match, sub = string.match, string.sub

local trace = {}
local LONGEST = 128

--- traceparent (W3C: version-traceid-parent-flags), b3 (traceid-span-…), x-b3-traceid, x-request-id; nil without any. `headers`: a
-- table by name.
function trace.of(headers)
  local parent = headers['traceparent']
  local id = parent and match(parent, '^%x%x%-(%x+)%-')
  if id then return sub(id, 1, LONGEST) end
  local b3 = headers['b3']
  id = b3 and match(b3, '^(%x+)') or headers['x-b3-traceid'] or headers['x-request-id']
  return id and sub(id, 1, LONGEST)
end

return trace
end
package.preload['tapwire.address'] = function()
--- Addresses as Envoy writes them.
local match, tonumber = string.match, tonumber

local address = {}

--- ip, port of `10.0.0.1:80` and `[::1]:80` (a zone is left out); '', 0 of what has no IP address: a socket file, an internal listener.
function address.read(text)
  local ip, port = match(text, '^(%d+%.%d+%.%d+%.%d+):(%d+)$')
  if not ip then
    ip, port = match(text, '^%[([%x:.]+)[^%]]*%]:(%d+)$')
  end
  if not ip then return '', 0 end
  return ip, tonumber(port)
end

return address
end
package.preload['tapwire.metadata'] = function()
--- What Envoy knows of a stream besides its headers, in the keys of a message (schemas/records/message.ts).
--
-- Envoy's Lua interface grew over time: what a release does not have is null. Up to 1.40 none tells the routed cluster, the
-- virtual host, the upstream's address or ALPN: the former three are null (worker.lua).
local address = require 'tapwire.address'
local msgpack = require 'msgpack'

local metadata = {}
local null = msgpack.null

--- object:name(), or nil where this release has no such method.
local function ask(object, name)
  local method = object[name]
  if method then return method(object) end
end

local function text(value)
  if value == nil or value == '' then return null end
  return value
end

local function endpoint(written)
  local ip, port = address.read(written)
  return msgpack.pack(msgpack.map { 'ip', ip, 'port', port })
end

--- The last local address and its endpoint: most streams have the same.
local known_local, known_endpoint

local function certificate(ssl)
  if not ssl:peerCertificatePresented() then return null end
  return msgpack.map {
    'subject', ask(ssl, 'subjectPeerCertificate') or '',
    'issuer', text(ask(ssl, 'issuerPeerCertificate')),
    'uris', ask(ssl, 'uriSanPeerCertificate') or {},
    'dns', ask(ssl, 'dnsSansPeerCertificate') or {},
    'sha256', ask(ssl, 'sha256PeerCertificateDigest') or '',
    'serial', ask(ssl, 'serialNumberPeerCertificate') or '',
    'validated', ssl:peerCertificateValidated(),
  }
end

local function tls(info)
  local ssl = info:downstreamSslConnection()
  if not ssl then return null end
  return msgpack.map {
    'version', ask(ssl, 'tlsVersion') or '',
    'sni', ask(info, 'requestedServerName') or '',
    'peerCertificate', certificate(ssl),
  }
end

--- The name of this Envoy where no setting gives one: Istio's proxies have their pod in the environment.
function metadata.node()
  local pod, namespace = os.getenv('POD_NAME'), os.getenv('POD_NAMESPACE')
  if pod and namespace then return pod .. '.' .. namespace end
  return pod or os.getenv('HOSTNAME') or null
end

--- Adds it to a message.
function metadata.add(message, handle)
  local info = handle:streamInfo()
  local here = info:downstreamLocalAddress()
  if here ~= known_local then
    known_local, known_endpoint = here, endpoint(here)
  end
  local direct = info:downstreamDirectRemoteAddress()
  local peer = endpoint(direct)
  local remote = ask(info, 'downstreamRemoteAddress') or direct
  message:add_packed('source', remote == direct and peer or endpoint(remote))
  message:add_packed('peer', peer)
  message:add_packed('local', known_endpoint)
  message:add('protocol', info:protocol())
  message:add('tls', tls(info))
  message:add('route', text(ask(info, 'routeName')))
end

return metadata
end
package.preload['tapwire.message'] = function()
--- A message under construction (schemas/records/message.ts): a MessagePack map as pieces, joined once at its end.
local msgpack = require 'msgpack'

local array_head, bin_head, map_head = msgpack.array_head, msgpack.bin_head, msgpack.map_head
local pack, put = msgpack.pack, msgpack.put
local byte, concat = string.byte, table.concat

local message = {}
local Message = {}
Message.__index = Message

--- Keys are few and always the same.
local keys = setmetatable({}, {
  __index = function(self, name)
    local packed = pack(name)
    self[name] = packed
    return packed
  end,
})

--- The first piece is the map's head, known at the end. `constant`: what all messages have, see `constant`.
function message.new(constant)
  return setmetatable({ pieces = { '', constant.bytes }, n = 2, count = constant.count }, Message)
end

--- Names and values in turn, packed once.
function message.constant(...)
  local pieces, n = {}, 0
  for i = 1, select('#', ...) do
    n = put(pieces, n, (select(i, ...)))
  end
  return { bytes = concat(pieces, '', 1, n), count = select('#', ...) / 2 }
end

function Message:add(name, value)
  local n = self.n
  self.pieces[n + 1] = keys[name]
  self.n = put(self.pieces, n + 1, value)
  self.count = self.count + 1
end

--- `packed`: bytes of the value.
function Message:add_packed(name, packed)
  local n = self.n
  self.pieces[n + 1], self.pieces[n + 2] = keys[name], packed
  self.n = n + 2
  self.count = self.count + 1
end

--- Headers that the filter looks at itself, besides pseudo-headers.
local NOTED = { ['traceparent'] = true, ['b3'] = true, ['x-b3-traceid'] = true, ['x-request-id'] = true, ['upgrade'] = true }
local COLON = 58

--- Names and values in order, without pseudo-headers, without the values of `secrets`. Gives a table of what the filter looks at
-- (of several the first), and a list of the secrets that were there, or nil.
function Message:add_headers(name, map, secrets)
  local pieces = self.pieces
  local head = self.n + 2
  local n, count = head, 0
  local noted, redacted = {}, nil
  for header, value in pairs(map) do
    local pseudo = byte(header) == COLON
    if (pseudo or NOTED[header]) and not noted[header] then noted[header] = value end
    if not pseudo then
      if secrets[header] then
        value = ''
        redacted = redacted or {}
        redacted[#redacted + 1] = header
      end
      pieces[n + 1] = '\146' -- an array of two
      n = put(pieces, put(pieces, n + 1, header), value)
      count = count + 1
    end
  end
  pieces[head - 1], pieces[head] = keys[name], array_head(count)
  self.n = n
  self.count = self.count + 1
  return noted, redacted
end

--- The bytes. `body`: in pieces, `length` bytes together. Once.
function Message:finish(body, length)
  local pieces, n = self.pieces, self.n
  pieces[n + 1], pieces[n + 2] = keys['body'], bin_head(length)
  n = n + 2
  for i = 1, #body do
    pieces[n + i] = body[i]
  end
  pieces[1] = map_head(self.count + 1)
  return concat(pieces, '', 1, n + #body)
end

return message
end
package.preload['tapwire.body'] = function()
--- The first bytes of a body as it passes, within two bounds: those of one body, and those of all that this worker holds.
local concat, min = table.concat, math.min

local body = {}
local Body = {}
Body.__index = Body

--- A client that sends its body byte by byte must not make us hold a piece for each: so many are joined to one.
local PIECES = 256

--- `worker`: held (bytes of all bodies that are not complete), held_bytes (their bound), body_bytes (that of one).
function body.new(worker)
  return setmetatable({ worker = worker, blocks = {}, pieces = {}, kept = 0, bytes = 0 }, Body)
end

--- Takes a piece of the body: Envoy's buffer, whose bytes are copied only as far as they are kept.
function Body:add(chunk)
  local worker = self.worker
  local length = chunk:length()
  self.bytes = self.bytes + length
  local room = min(worker.body_bytes - self.kept, length)
  if room <= 0 then return end
  if worker.held + room > worker.held_bytes then
    worker:count('held')
    -- What comes after a gap would be taken for what stood there.
    self:seal()
    return
  end
  worker.held = worker.held + room
  self.kept = self.kept + room
  local pieces = self.pieces
  pieces[#pieces + 1] = chunk:getBytes(0, room)
  if #pieces == PIECES then
    self.blocks[#self.blocks + 1] = concat(pieces)
    self.pieces = {}
  end
end

--- Keeps nothing more.
function Body:seal()
  self.add = Body.pass
end

--- `add` of a sealed body.
function Body:pass(chunk)
  self.bytes = self.bytes + chunk:length()
end

--- What was kept, in pieces that are for the caller to keep; gives its room back. Once.
function Body:take()
  self.worker.held = self.worker.held - self.kept
  local blocks, pieces = self.blocks, self.pieces
  if #blocks == 0 then return pieces end
  blocks[#blocks + 1] = concat(pieces)
  return blocks
end

return body
end
package.preload['tapwire.half'] = function()
--- One half of an exchange on its way through Envoy: its message and its body so far.
local body = require 'tapwire.body'
local msgpack = require 'msgpack'

local half = {}
local Half = {}
Half.__index = Half

--- `message`: holds all that is known at the headers but `redacted`, the list of headers left out until now, or nil.
-- A response has `closes`, the id of the exchange that ends with it.
function half.new(worker, message, redacted, start)
  return setmetatable({ message = message, redacted = redacted, body = body.new(worker), seen = start }, Half)
end

--- `map`: trailers as Envoy gives them, or nil.
function Half:trailers(map, secrets)
  if not map then return end
  local _, redacted = self.message:add_headers('trailers', map, secrets)
  self.has_trailers = true
  for _, name in ipairs(redacted or {}) do
    self.redacted = self.redacted or {}
    self.redacted[#self.redacted + 1] = name
  end
end

--- The bytes of the message; `dropped` (counters in turn) when there is something to say. Once.
function Half:pack(finish, dropped)
  local message = self.message
  message:add('end', self.seen)
  message:add('finish', finish)
  message:add('redacted', self.redacted or {})
  if not self.has_trailers then message:add('trailers', {}) end
  if dropped then message:add('dropped', msgpack.map(dropped)) end
  message:add('bodyBytes', self.body.bytes)
  return message:finish(self.body:take(), self.body.kept)
end

return half
end
package.preload['tapwire.outbox'] = function()
--- Messages on their way out. A call costs Envoy more than the message in it, so under load several share one.
--
-- Lua has no timers in Envoy: what waits here goes out only when something else happens in this worker. So a message waits only
-- while more is sure to happen soon, and for at most `WAIT_US` then:
--
--   add ─┬─ fewer than BUSY exchanges began in the slot before ──────────────► flush
--        ├─ no exchange of the last two slots is still open ─────────────────► flush
--        ├─ BATCH_BYTES, or the first has waited for WAIT_US ────────────────► flush
--        └─ otherwise it waits for the next half that begins or ends
local concat, floor = table.concat, math.floor

local outbox = {}
local Outbox = {}
Outbox.__index = Outbox

local SLOT_US, BUSY = 100000, 20
local WAIT_US, BATCH_BYTES = 10000, 64 * 1024

--- `sender`: see rrasync. `count(name, amount)`: told what became of messages.
function outbox.new(sender, count)
  return setmetatable({
    sender = sender,
    count = count,
    messages = {},
    bytes = 0,
    first = 0,
    --- Exchanges that began in this slot and in the one before: by id while they are open, and how many of those.
    slot = 0,
    now = { open = {}, count = 0, begun = 0 },
    before = { open = {}, count = 0, begun = 0 },
  }, Outbox)
end

function Outbox:turn(now)
  local slot = floor(now / SLOT_US)
  if slot == self.slot then return end
  local empty = { open = {}, count = 0, begun = 0 }
  self.before = slot == self.slot + 1 and self.now or empty
  self.now = { open = {}, count = 0, begun = 0 }
  self.slot = slot
end

--- An exchange begins at `now` (µs).
function Outbox:opened(handle, id, now)
  self:turn(now)
  local slot = self.now
  slot.open[id] = true
  slot.count, slot.begun = slot.count + 1, slot.begun + 1
  if #self.messages > 0 and now - self.first >= WAIT_US then self:flush(handle, now) end
end

local function close(slot, id)
  if not slot.open[id] then return end
  slot.open[id] = nil
  slot.count = slot.count - 1
end

--- Nothing more is to come of it soon.
function Outbox:closed(id)
  close(self.now, id)
  close(self.before, id)
end

--- Takes the bytes of a message; sends it, now or with others.
function Outbox:add(handle, message, now)
  self:turn(now)
  if #self.messages == 0 then self.first = now end
  self.messages[#self.messages + 1] = message
  self.bytes = self.bytes + #message
  local waits = self.before.begun >= BUSY
    and self.now.count + self.before.count > 0
    and self.bytes < BATCH_BYTES
    and now - self.first < WAIT_US
  if not waits then self:flush(handle, now) end
end

function Outbox:flush(handle, now)
  local messages = self.messages
  local body = #messages == 1 and messages[1] or concat(messages)
  self.messages, self.bytes = {}, 0
  local refused = self.sender:send(handle, body, now)
  self.count(refused or 'sent', #messages)
  if not refused then self.count('calls', 1) end
end

return outbox
end
package.preload['tapwire.worker'] = function()
--- What one worker thread of Envoy has for all its streams: its Lua state is its own.
--
--   stream ── half ends ──► send ──► outbox ──► rrasync
--   stream destroyed ──► garbage collector ──► abandoned ──► sent with the next half that ends here
--
-- Envoy ends a script whose stream was reset without a word to it. What such a half had seen is found again by a finalizer.
local choice = require 'tapwire.choice'
local message = require 'tapwire.message'
local metadata = require 'tapwire.metadata'
local msgpack = require 'msgpack'
local outbox = require 'tapwire.outbox'
local rrasync = require 'rrasync'

local worker = {}
local Worker = {}
Worker.__index = Worker

--- Most halves of destroyed streams that wait, and most that one half takes along.
local WAITING, TAKEN_ALONG = 256, 8

--- What the garbage collector calls once a guard is out of reach: a userdata, since Lua 5.1 has finalizers for nothing else.
-- Its environment is the half that it guards.
local function guards_of(self)
  if not newproxy or not debug then return nil end
  local model = newproxy(true)
  getmetatable(model).__gc = function(guard)
    local half = debug.getfenv(guard)
    if not half.body or half.released then return end
    if #self.abandoned < WAITING then
      self.abandoned[#self.abandoned + 1] = half
    else
      half.body:take()
      self:count('abandoned')
    end
  end
  return model
end

--- `random(n)`: n random bytes.
function worker.new(settings, random)
  local secrets = {}
  for _, name in ipairs(settings.redact) do
    secrets[name:lower()] = true
  end
  local self = setmetatable({
    choice = choice.new(settings),
    secrets = secrets,
    constant = message.constant(
      'v', 1, 'node', settings.node or metadata.node(), 'cluster', msgpack.null, 'virtualHost', msgpack.null
    ),
    body_bytes = settings.body_bytes,
    held_bytes = settings.held_bytes,
    follow_seconds = settings.follow_seconds,
    held = 0,
    id_prefix = random(12):gsub('.', function(c) return ('%02x'):format(c:byte()) end),
    ids = 0,
    abandoned = {},
    --- What was not mirrored, since the last message; and what else to add to Envoy's counters, since the last time.
    dropped = {},
    unpublished = {},
  }, Worker)
  local sender = rrasync.new(settings, random(1):byte() % #settings.clusters + 1)
  self.outbox = outbox.new(sender, function(name, amount) self:sent(name, amount) end)
  self.guards = guards_of(self)
  -- Without finalizers nobody would give back the room of an abandoned body, and soon none would be left.
  if not self.guards then self.held_bytes = math.huge end
  return self
end

--- Unique here and, by its random beginning, everywhere; no client knows it.
function Worker:id()
  self.ids = self.ids + 1
  return ('%s-%x'):format(self.id_prefix, self.ids)
end

local function add(counters, name, amount)
  counters[name] = (counters[name] or 0) + amount
end

--- Something that was not mirrored, or not as a whole, and why.
function Worker:count(name, amount)
  add(self.dropped, name, amount or 1)
  add(self.unpublished, name, amount or 1)
end

--- What became of messages: 'sent', 'calls', or why not.
function Worker:sent(name, amount)
  if name == 'sent' or name == 'calls' then add(self.unpublished, name, amount) else self:count(name, amount) end
end

--- Something that only the half's script holds: out of reach before `release`, the half is abandoned.
function Worker:guard(half)
  return self.guards and debug.setfenv(newproxy(self.guards), half)
end

local function in_turn(counters)
  local out = {}
  for name, amount in pairs(counters) do
    out[#out + 1] = name
    out[#out + 1] = amount
  end
  return #out > 0 and out or nil
end

function Worker:put(handle, half, finish, now)
  local dropped = in_turn(self.dropped)
  self.dropped = {}
  self.outbox:add(handle, half:pack(finish, dropped), now)
end

--- Sends a half that ended, and some that were abandoned, with the help of any stream's handle.
function Worker:send(handle, half, finish, now)
  half.released = true
  if half.closes then self.outbox:closed(half.closes) end
  self:put(handle, half, finish, now)
  for _ = 1, TAKEN_ALONG do
    local abandoned = table.remove(self.abandoned)
    if not abandoned then break end
    self:put(handle, abandoned, 'aborted', now)
  end
  if next(self.unpublished) then self:publish(handle) end
end

--- Adds to Envoy's counters `….lua.tapwire.*`, where this release lets us.
function Worker:publish(handle)
  if not handle.stats then return end
  local stats = handle:stats()
  for name, amount in pairs(self.unpublished) do
    stats:counter('tapwire.' .. name):add(amount)
  end
  self.unpublished = {}
end

return worker
end
package.preload['tapwire'] = function()
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
end
local found, tapwire = pcall(require, 'tapwire')
if found then tapwire.install(settings) else io.stderr:write('tapwire: ', tapwire, ': nothing is mirrored\n') end
