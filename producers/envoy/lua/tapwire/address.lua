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
