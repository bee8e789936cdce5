"""TLS on a pinned address: the certificate must be the host's own, not the address's."""

import ssl
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.channels import transport
from gateway.channels.errors import ChannelUnreachable
from gateway.channels.port import HttpRequest
from gateway.channels.transport import AllowedHost, send
from tests.support.listening import listen

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.headers["Host"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        return


@pytest.fixture(scope="module")
def secure_peer(tmp_path_factory):
    """A TLS server on loopback under a certificate of pay.example: its port, that file."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pay.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pay.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_pem = folder / "key.pem"
    key_pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key_pem)
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    listen(server)
    yield server.server_address[1], pem
    server.shutdown()
    server.server_close()


def _ask(host, port):
    request = HttpRequest(method="GET", url=f"https://{host}:{port}/x", headers={})
    return send(request, hosts=[AllowedHost(host=host, port=port, loopback=True)], now=NOW)


@pytest.fixture
def resolving_here(monkeypatch):
    monkeypatch.setattr(transport, "pinned_address", lambda row: "127.0.0.1")


def test_the_hosts_own_certificate_is_accepted_on_the_pinned_address(
    secure_peer, resolving_here, monkeypatch
):
    port, pem = secure_peer
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))
    answer = _ask("pay.example", port)
    assert (answer.status, answer.body) == (200, f"pay.example:{port}".encode())


def test_another_hosts_certificate_is_refused(secure_peer, resolving_here, monkeypatch):
    port, pem = secure_peer
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(pem))
    with pytest.raises(ChannelUnreachable):
        _ask("other.example", port)


def test_a_certificate_nobody_vouches_for_is_refused(secure_peer, resolving_here):
    with pytest.raises(ChannelUnreachable):
        _ask("pay.example", secure_peer[0])
