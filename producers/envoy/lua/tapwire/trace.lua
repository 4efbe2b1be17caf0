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
