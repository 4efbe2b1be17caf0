--- One half of an exchange on its way through Envoy, and the message that it becomes (schemas/records/message.ts).
local body = require 'tapwire.body'
local msgpack = require 'msgpack'

local half = {}
local Half = {}
Half.__index = Half

--- `message`: keys and values known at the headers, in turn.
function half.new(worker, message, start)
  return setmetatable({ message = message, body = body.new(worker), seen = start, trailers = {} }, Half)
end

--- Names and values in order, without pseudo-headers, values of secret ones left out; and the names of those.
function half.headers(map, secrets)
  local out, redacted, said = {}, {}, {}
  for name, value in pairs(map) do
    if name:byte(1) ~= 58 then -- a colon
      if secrets[name] then
        value = ''
        if not said[name] then
          said[name] = true
          redacted[#redacted + 1] = name
        end
      end
      out[#out + 1] = { name, value }
    end
  end
  return out, redacted
end

--- The bytes of the message; `dropped` (counters in turn) when there is something to say. Once.
function Half:pack(finish, dropped)
  local message = self.message
  local n = #message
  message[n + 1], message[n + 2] = 'end', self.seen
  message[n + 3], message[n + 4] = 'finish', finish
  message[n + 5], message[n + 6] = 'trailers', self.trailers
  n = n + 6
  if dropped then
    message[n + 1], message[n + 2] = 'dropped', msgpack.map(dropped)
    n = n + 2
  end
  message[n + 1], message[n + 2] = 'bodyBytes', self.body.bytes
  message[n + 3], message[n + 4] = 'body', msgpack.bin(self.body:take())
  return msgpack.pack(msgpack.map(message))
end

return half
