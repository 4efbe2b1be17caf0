"""TLS over a connection of its own: tls_echo.py <socket|memory> <cert> <key> <bytes>.

The client sends bytes, the server sends them back, both compare. `socket`: OpenSSL makes the system calls. `memory`: asyncio makes
them, OpenSSL sees only memory. With a fifth word it waits for a line of standard input after the first half, and says so.
"""
import asyncio
import socket
import ssl
import sys
import threading

mode, cert, key, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
halves = len(sys.argv) > 5
pattern = bytes((i * 31 + i // 256 * 17) & 255 for i in range(size))
# (direction of the bytes, part of them): with halves, one of each direction before the line.
parts = [(0, size // 2), (size // 2, size)] if halves else [(0, size)]

server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_side.load_cert_chain(cert, key)
client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
client_side.check_hostname = False
client_side.verify_mode = ssl.CERT_NONE


def wait(after):
    if halves and after == size // 2:
        print('half', flush=True)
        sys.stdin.readline()


def read_exactly(connection, count):
    got = bytearray()
    while len(got) < count:
        some = connection.recv(count - len(got))
        assert some
        got += some
    return bytes(got)


def serve(listener):
    connection, _ = listener.accept()
    with server_side.wrap_socket(connection, server_side=True) as connection:
        for begin, end in parts:
            assert read_exactly(connection, end - begin) == pattern[begin:end]
            connection.sendall(pattern[begin:end])
        assert connection.recv(1) == b''


def with_sockets():
    listener = socket.create_server(('127.0.0.1', 0))
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    raw = socket.create_connection(listener.getsockname())
    print(listener.getsockname()[1], flush=True)
    with client_side.wrap_socket(raw) as connection:
        for begin, end in parts:
            connection.sendall(pattern[begin:end])
            assert read_exactly(connection, end - begin) == pattern[begin:end]
            wait(end)
    thread.join()


async def answer(reader, writer):
    for begin, end in parts:
        assert await reader.readexactly(end - begin) == pattern[begin:end]
        writer.write(pattern[begin:end])
        await writer.drain()
    await reader.read()
    writer.close()


async def with_memory():
    server = await asyncio.start_server(answer, '127.0.0.1', 0, ssl=server_side)
    port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    reader, writer = await asyncio.open_connection('127.0.0.1', port, ssl=client_side)
    for begin, end in parts:
        writer.write(pattern[begin:end])
        await writer.drain()
        assert await reader.readexactly(end - begin) == pattern[begin:end]
        wait(end)
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.1)


if mode == 'memory':
    asyncio.run(with_memory())
else:
    with_sockets()
