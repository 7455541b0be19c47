"""Which addresses lie in the public internet, by the registries of special-purpose addresses."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# https://www.iana.org/assignments/iana-ipv4-special-registry: this network, private use, shared
# by carriers, loopback, link-local, protocols, documentation, 6to4 relays, benchmarks, multicast,
# and what was never given out.
_NOT_PUBLIC_4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Everything that is given out lies in this; so loopback, link-local, unique local, multicast,
# NAT64 and mapped IPv4 lie outside of it.
_GIVEN_OUT_6 = ip_network("2000::/3")
# Protocols with Teredo among them, documentation twice, 6to4.
_NOT_PUBLIC_6 = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_public(text: str) -> bool:
    """Whether an address (without a zone) can only be somebody's in the public internet.

    A form that carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo) is not public,
    whatever it carries: what it leads to depends on who translates it.
    """
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _GIVEN_OUT_6 and not any(address in network for network in _NOT_PUBLIC_6)
