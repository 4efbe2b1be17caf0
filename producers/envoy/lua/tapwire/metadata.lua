--- What Envoy knows of a stream besides its headers, in the keys of a message (schemas/records/message.ts).
--
-- Envoy's Lua interface grew over time: what a release does not have is null. No release up to 1.40 tells the routed cluster,
-- the virtual host, the upstream address or ALPN.
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
  local ip, port = address.read(written or '')
  return msgpack.map { 'ip', ip, 'port', port }
end

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

--- Appends keys and values to the message under construction, `n` long; gives its new length.
function metadata.add(message, n, handle)
  local info = handle:streamInfo()
  local peer = ask(info, 'downstreamDirectRemoteAddress')
  local facts = {
    'source', endpoint(ask(info, 'downstreamRemoteAddress') or peer),
    'peer', endpoint(peer),
    'local', endpoint(info:downstreamLocalAddress()),
    'protocol', info:protocol(),
    'tls', tls(info),
    'route', text(ask(info, 'routeName')),
    'cluster', null,
    'virtualHost', null,
  }
  for i = 1, #facts do
    message[n + i] = facts[i]
  end
  return n + #facts
end

return metadata
