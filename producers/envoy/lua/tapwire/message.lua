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
