import socket

import pytest


def test_other_hosts_are_refused() -> None:
    with pytest.raises(RuntimeError, match="no network but loopback"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(RuntimeError, match="no network but loopback"):
        socket.getaddrinfo("example.org", 443)
    with pytest.raises(RuntimeError, match="no network but loopback"), socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.sendto(b"", ("192.0.2.1", 53))


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port), timeout=5) as client:
            assert client.getpeername()[1] == port
