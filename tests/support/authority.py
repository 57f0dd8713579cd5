"""A certificate authority of a test's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_USAGE = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


def make_authority(folder: Path, names: Sequence[str], addresses: Sequence[str]) -> tuple[Path, Path, Path]:
    """A CA's certificate, and a certificate of it for names and addresses with its key: three PEM files."""
    now = datetime.now(UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test authority")])

    def certificate(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        of_ca = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
        made = x509.CertificateBuilder().subject_name(name).issuer_name(ca_name).public_key(public)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return made.add_extension(of_ca, critical=False)

    ca = certificate(ca_name, ca_key.public_key()).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    ca = ca.add_extension(_USAGE, critical=True).sign(ca_key, hashes.SHA256())
    shown = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    spoken = [*(x509.DNSName(one) for one in names), *(x509.IPAddress(ip_address(one)) for one in addresses)]
    leaf = certificate(shown, key.public_key()).add_extension(
        x509.SubjectAlternativeName(spoken), critical=False
    )
    pem = serialization.Encoding.PEM
    files = folder / "ca.pem", folder / "chain.pem", folder / "key.pem"
    files[0].write_bytes(ca.public_bytes(pem))
    files[1].write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(pem))
    files[2].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files
