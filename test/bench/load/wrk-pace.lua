-- For wrk: each connection pauses PAUSE ms on average before a request, not all in step: `wrk … -- PAUSE`.
function init(args)
  local pause = tonumber(args[1])
  if pause > 0 then
    delay = function() return pause / 2 + math.random(pause) end
  end
end
