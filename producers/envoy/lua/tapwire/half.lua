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
