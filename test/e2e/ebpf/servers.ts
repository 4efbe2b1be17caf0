/** Real servers with TLS as child processes, on ports of their own: nginx, HAProxy, Node, Python, nghttpd (HTTP/2). */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { programPath } from '#infra/setup/program.ts'
import { freePort } from '../telemetry.ts'

const READY_WITHIN_MS = 15_000

export interface Servers {
  readonly nginx: number
  /** Plain, behind a PROXY header: what HAProxy talks to. */
  readonly proxied: number
  readonly haproxy: number
  readonly node: number
  readonly python: number
  readonly nghttpd: number
  /** nginx without TLS: it sends files by sendfile, past its own memory. */
  readonly plain: number
  readonly accessLog: string
}

/** All of them; they answer with what they were asked for. `folder` holds their files, `files/` is served by nginx. */
export async function serve(t: TestContext, folder: string): Promise<Servers> {
  certificate(folder)
  const names = ['nginx', 'proxied', 'haproxy', 'node', 'python', 'nghttpd', 'plain'] as const
  const free = await Promise.all(names.map(freePort))
  const port = (name: (typeof names)[number]): number => free[names.indexOf(name)]!
  const accessLog = join(folder, 'access.log')
  const servers: Servers = {
    nginx: port('nginx'),
    proxied: port('proxied'),
    haproxy: port('haproxy'),
    node: port('node'),
    python: port('python'),
    nghttpd: port('nghttpd'),
    plain: port('plain'),
    accessLog,
  }
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  run(t, folder, programPath('nginx')!, ['-p', folder, '-c', file('nginx.conf', nginxConfig(folder, servers))])
  run(t, folder, programPath('haproxy')!, ['-db', '-f', file('haproxy.cfg', haproxyConfig(folder, servers))])
  run(t, folder, process.execPath, [file('server.mjs', nodeServer(servers.node))])
  run(t, folder, programPath('python3')!, [file('server.py', pythonServer(servers.python))])
  run(t, folder, programPath('nghttpd')!, ['-d', folder, String(servers.nghttpd), 'key.pem', 'cert.pem'])
  await Promise.all(free.map(listening))
  return servers
}

export function certificate(folder: string): void {
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-keyout', 'key.pem', '-out', 'cert.pem']
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { cwd: folder })
  if (made.status !== 0) throw new Error(String(made.stderr))
  spawnSync('sh', ['-c', 'cat cert.pem key.pem > both.pem'], { cwd: folder })
}

/** Runs until the test is over; one that ends before fails it. */
export function run(t: TestContext, folder: string, program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr.on('data', text => {
    words = (words + text).slice(-2000)
  })
  t.after(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${words}`)
    child.kill('SIGTERM')
    await once(child, 'close')
  })
  return child
}

async function listening(port: number): Promise<void> {
  for (const until = Date.now() + READY_WITHIN_MS; ; ) {
    const socket = connect(port, '127.0.0.1')
    const open = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (open) return
    if (Date.now() > until) throw new Error(`nobody listens on port ${port}`)
    await delay(50)
  }
}

const nginxConfig = (folder: string, { nginx, proxied, node, plain }: Servers): string => `
user root; daemon off; worker_processes 2; worker_rlimit_nofile 8192; pid nginx.pid; error_log error.log;
events { worker_connections 4096; }
http {
  log_format plain '$request_method $request_uri $status $body_bytes_sent';
  access_log access.log plain;
  client_max_body_size 64m; client_body_buffer_size 16m; keepalive_requests 10000; keepalive_timeout 30s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  ssl_certificate cert.pem; ssl_certificate_key key.pem;
  server {
    listen 127.0.0.1:${nginx} ssl http2 backlog=4096;
    root ${folder}/files;
    location / { return 200 "nginx $request_uri\\n"; }
    location /files/ { alias ${folder}/files/; }
    location /upload { proxy_pass https://127.0.0.1:${node}; proxy_http_version 1.1; }
  }
  server {
    listen 127.0.0.1:${plain};
    access_log off; sendfile on;
    location / { return 200 "plain $request_uri\\n"; }
    location /files/ { alias ${folder}/files/; }
  }
  server {
    listen 127.0.0.1:${proxied} proxy_protocol;
    access_log off;
    location / { return 200 "proxied $proxy_protocol_addr $request_uri\\n"; }
  }
}
`

const haproxyConfig = (folder: string, { haproxy, proxied }: Servers): string => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend tls
  bind 127.0.0.1:${haproxy} ssl crt ${folder}/both.pem
  default_backend web
backend web
  server web 127.0.0.1:${proxied} send-proxy-v2
`

/** Answers with how much it was sent, and its hash. */
const nodeServer = (port: number): string => `
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
createServer({ key: readFileSync('key.pem'), cert: readFileSync('cert.pem') }, (request, response) => {
  const hash = createHash('sha256')
  let bytes = 0
  request.on('data', some => { bytes += some.length; hash.update(some) })
  request.on('end', () => response.end(request.url + ' ' + bytes + ' ' + hash.digest('hex') + '\\n'))
}).listen(${port}, '127.0.0.1')
`

const pythonServer = (port: number): string => `
import http.server, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = ('python ' + self.path + '\\n').encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('cert.pem', 'key.pem')
server = http.server.ThreadingHTTPServer(('127.0.0.1', ${port}), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`
