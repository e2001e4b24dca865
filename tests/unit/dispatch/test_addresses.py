"""Addresses to which webhooks may be sent, and URLs that may be registered."""

from __future__ import annotations

import pytest

from services.dispatch.domain.delivery.addresses import is_permitted, parse_networks
from services.dispatch.domain.delivery.endpoint_urls import EndpointUrlRefused, normalise_url

REFUSED = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.1.2.3",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
)

PERMITTED = (
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.1",
    "100.63.255.255",
    "100.128.0.1",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.1.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.1.1",
    "198.17.1.1",
    "198.20.0.1",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "2400:3200::1",
    "2606:4700:4700::1111",
)


@pytest.mark.parametrize("address", REFUSED)
def test_a_private_or_special_network_is_refused(address: str) -> None:
    assert not is_permitted(address, ())


@pytest.mark.parametrize("address", PERMITTED)
def test_a_public_address_is_permitted_only_over_tls(address: str) -> None:
    assert is_permitted(address, ())
    assert not is_permitted(address, (), tls=False)


def test_the_operators_list_permits_exactly_its_networks() -> None:
    allowed = parse_networks(["10.20.0.0/16", "fd00::/8"])
    assert is_permitted("10.20.3.4", allowed, tls=False)
    assert is_permitted("::ffff:10.20.3.4", allowed)
    assert is_permitted("fd00::9", allowed)
    assert not is_permitted("10.21.0.1", allowed)
    assert not is_permitted("127.0.0.1", allowed)


def test_an_invalid_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.20\.3\.4/16"):
        parse_networks(["10.20.3.4/16"])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://CG.example.gov.cn/hook?a=1#part", "https://cg.example.gov.cn/hook?a=1"),
        ("https://cg.example.gov.cn:8443", "https://cg.example.gov.cn:8443/"),
        ("https://cg.example.gov.cn.:443/hook", "https://cg.example.gov.cn/hook"),
        ("https://城管.example.cn/x", "https://xn--uisq74f.example.cn/x"),
        ("https://[2400:3200::1]/x", "https://[2400:3200::1]/x"),
    ],
)
def test_a_url_is_normalised(url: str, shown: str) -> None:
    assert normalise_url(url, ()) == shown


@pytest.mark.parametrize(
    "url",
    [
        "http://cg.example.gov.cn/",
        "https://cg.example.gov.cn:22/",
        "ftp://cg.example.gov.cn/",
        "https:///x",
        "cg.example",
        "https://./x",
        "https://localhost./",
        "https://127.0.0.1./",
        "https://user:pw@cg.example.gov.cn/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://api.localhost/",
        "https://169.254.169.254/latest",
        "https://cg.example.gov.cn/a b",
        "https://x:99999/",
        "https://[::ffff:10.0.0.1]/",
        "https://" + "a" * 64 + ".cn/",
        "https://cg.example.gov.cn/\r\nx: y",
        "https://x.cn/" + "a" * 2000,
    ],
)
def test_an_impossible_url_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(EndpointUrlRefused) as refused:
        normalise_url(url, ())
    assert refused.value.members["why"]
    assert refused.value.members["why_zh"]


def test_plain_http_and_any_port_are_permitted_inside_an_allowed_network() -> None:
    allowed = parse_networks(["127.0.0.0/8"])
    assert normalise_url("http://127.0.0.1:9001/hook", allowed) == "http://127.0.0.1:9001/hook"
    assert normalise_url("http://127.0.0.1:80/hook", allowed) == "http://127.0.0.1/hook"
    assert normalise_url("http://127.0.0.1:443/hook", allowed) == "http://127.0.0.1:443/hook"
    with pytest.raises(EndpointUrlRefused):
        normalise_url("http://10.0.0.1:9001/hook", allowed)
