-- For wrk: POST requests with a body of SIZE bytes, each connection after a pause of PAUSE ms: `wrk … -- SIZE PAUSE`.
function init(args)
  wrk.method = 'POST'
  wrk.body = ('x'):rep(tonumber(args[1]))
  pause = tonumber(args[2])
  if pause > 0 then
    -- Not all in step.
    delay = function() return pause / 2 + math.random(pause) end
  end
end
