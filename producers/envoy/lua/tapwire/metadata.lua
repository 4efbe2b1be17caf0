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
