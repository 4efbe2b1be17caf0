-- Posts the bytes of a file, for bench ingest: wrk … -- FILE
function init(args)
  local file = assert(io.open(args[1], 'rb'))
  wrk.method = 'POST'
  wrk.path = '/v1/messages'
  wrk.headers['content-type'] = 'application/x-msgpack'
  wrk.body = file:read('*a')
  file:close()
end
