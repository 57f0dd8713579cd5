"""What is bent in aiortc and aioice is as it was when it was bent. A new version that fails here needs a look."""

from __future__ import annotations

import asyncio
import inspect
import re
from importlib.metadata import version
from socket import SO_RCVBUF, SOL_SOCKET
from typing import Any

import aioice.ice
import aioice.turn
import aiortc.rtcpeerconnection as peer_module
import pytest
from aioice.candidate import candidate_priority
from aiortc import RTCPeerConnection
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtcrtpsender import RTCRtpSender

from deskreel.core.live import Rung, TurnServer
from deskreel.rtc.aiortc_patch import ice_of
from deskreel.rtc.aiortc_receive import AiortcReceiving
from deskreel.rtc.aiortc_send import AiortcSending
from deskreel.rtc.host_sockets import host_candidates, public_candidates
from deskreel.rtc.listening import ANY_PORT
from deskreel.rtc.port import RtcError
from deskreel.rtc.rtp_receive import RtpReceiver
from deskreel.rtc.rtp_send import RtpSender
from deskreel.rtc.trust import system_trust


def test_the_versions_are_those_that_were_looked_at() -> None:
    assert (version("aiortc"), version("aioice")) == ("1.16.0", "0.13.0")


def _asked(source: str, owner: str) -> set[str]:
    return set(re.findall(rf"\b{owner}\.([A-Za-z_]+)", source))


def test_our_rtp_ends_have_all_that_the_connection_asks_of_them() -> None:
    """The attributes that aiortc's connection, transceiver and transport use of a sender and a receiver."""
    from aiortc import rtcdtlstransport, rtcrtptransceiver

    connection = inspect.getsource(peer_module)
    inside = inspect.getsource(rtcrtptransceiver).replace("self.__sender", "sender")
    inside = inside.replace("self.__receiver", "receiver")
    dtls = inspect.getsource(rtcdtlstransport)
    sender = RtpSender(object(), lambda: None)
    receiver = RtpReceiver(object(), lambda _: None)
    wanted = _asked(connection, r"sender") | _asked(inside, "sender")
    wanted |= {"_handle_rtcp_packet", "_ssrc"}
    assert {"send", "stop", "_stream_id", "_track_id", "_rtx_ssrc", "_enabled"} <= wanted
    never = {"getStats", "setParameters"}
    assert [name for name in sorted(wanted - never) if not hasattr(sender, name)] == []
    wanted = _asked(connection, r"receiver") | _asked(inside, "receiver")
    wanted |= _asked(dtls, "receiver")
    assert {"receive", "stop", "_track", "_set_rtcp_ssrc", "_handle_disconnect"} <= wanted
    assert [name for name in sorted(wanted - never) if not hasattr(receiver, name)] == []


async def test_our_ends_are_in_place_and_aiortcs_own_are_left_to_others() -> None:
    sending, receiving = AiortcSending(lambda: None), AiortcReceiving(lambda _: None)
    for connection in (sending, receiving):
        (transceiver,) = connection._pc.getTransceivers()
        assert isinstance(transceiver.sender, RtpSender)
        assert isinstance(transceiver.receiver, RtpReceiver)
        names = [codec.mimeType for codec in transceiver._preferred_codecs]
        assert names == ["video/H264", "video/H264", "video/rtx"]
        first = transceiver._preferred_codecs[0].parameters
        assert first["profile-level-id"] == "42e01f"
    other = RTCPeerConnection().addTransceiver("video")
    assert isinstance(other.sender, RTCRtpSender)
    assert isinstance(other.receiver, RTCRtpReceiver)
    for connection in (sending, receiving):
        await connection.close()


async def test_what_is_set_on_the_ice_connection_is_read_by_it() -> None:
    turn = TurnServer(host="::1", username="u", password="p", port=1, tls_port=2)
    sending = AiortcSending(lambda: None, rung=Rung.TURN_TLS, turn=turn)
    ice = ice_of(sending._pc.getTransceivers()[0])
    assert ice.turn_server == ("::1", 2)
    assert (ice.turn_transport, ice.turn_username, ice.turn_password) == ("tcp", "u", "p")
    assert ice.turn_ssl is None
    with pytest.raises(RtcError):  # nothing answers at port 2
        await sending.offer()
    assert ice.turn_ssl is await system_trust()
    assert ice._transport_policy is aioice.ice.TransportPolicy.RELAY
    source = inspect.getsource(aioice.ice.Connection.get_component_candidates)
    for name in ("turn_server", "turn_ssl", "turn_transport", "turn_username", "turn_password"):
        assert f"self.{name}" in source
    await sending.close()


async def test_our_host_sockets_are_what_aioices_own_would_be() -> None:
    """Gathered by aioice and by us: the same but for the port, which all of ours share."""
    theirs, ours = (aioice.ice.Connection(ice_controlling=True) for _ in range(2))
    addresses = ["127.0.0.1", "::1"]
    one = await theirs.get_component_candidates(component=1, addresses=addresses)
    other = await host_candidates(ours, 1, addresses, ANY_PORT)

    def said(candidate: aioice.Candidate) -> list[str]:
        return [word for word in candidate.to_sdp().split() if word != str(candidate.port)]

    def kinds(ice: aioice.ice.Connection) -> list[object]:
        about: list[object] = []
        for protocol in ice._protocols:
            sock = protocol.transport.get_extra_info("socket")
            assert (protocol.local_candidate.host, protocol.local_candidate.port) == sock.getsockname()[:2]
            about += [
                type(protocol),
                protocol.receiver is ice,
                sock.family,
                sock.getsockopt(SOL_SOCKET, SO_RCVBUF),
            ]
        return about

    assert [said(candidate) for candidate in one] == [said(candidate) for candidate in other]
    assert kinds(theirs) == kinds(ours)
    assert len({candidate.port for candidate in other}) == 1
    await asyncio.gather(theirs.close(), ours.close())


def test_a_public_address_is_taken_as_a_stun_servers_word_would_be() -> None:
    """Announced and not paired: only sockets' own candidates are; the least of all is what stands in `c=`."""
    (own,) = hosts = [aioice.Candidate.from_sdp("f 1 udp 2130706431 10.0.0.2 5000 typ host")]
    (public,) = public_candidates(hosts, ["203.0.113.7"])
    assert public.priority == candidate_priority(1, "srflx") < own.priority
    assert aioice.ice.validate_remote_candidate(public, public.host) == "203.0.113.7"
    paired = inspect.getsource(aioice.ice.Connection._pair_remote_candidate)
    assert "for protocol in self._protocols" in paired
    assert "_local_candidates" not in paired
    assert "self._local_candidates += candidates" in inspect.getsource(
        aioice.ice.Connection.gather_candidates
    )


def test_gathering_goes_by_the_addresses_that_it_is_given() -> None:
    gather = inspect.signature(aioice.ice.Connection.get_component_candidates)
    assert list(gather.parameters)[:3] == ["self", "component", "addresses"]
    assert "component=component, addresses=addresses" in inspect.getsource(
        aioice.ice.Connection.gather_candidates
    )
    turn: Any = inspect.signature(aioice.turn.create_turn_endpoint)
    assert {"ssl", "transport", "server_addr", "username", "password"} <= set(turn.parameters)


async def test_what_the_guard_of_the_sockets_goes_by_is_there() -> None:
    """Data goes from a socket's protocol to `data_received` and into the queue; checks teach where the peer is."""
    ice = aioice.ice.Connection(ice_controlling=True)
    assert (ice._queue.qsize(), ice._nominated, ice._early_checks_done) == (0, {}, False)
    assert (ice._protocols, ice._remote_candidates, ice._closing) == ([], [], False)
    took = inspect.getsource(aioice.ice.StunProtocol.datagram_received)
    assert "self.receiver.data_received(" in took
    assert "_remote_candidates.append" in inspect.getsource(aioice.ice.Connection.check_incoming)
    assert aioice.Candidate.from_sdp("1 1 udp 1 192.0.2.7 5000 typ host")._network_host == "192.0.2.7"
    turn = inspect.getsource(aioice.turn.TurnClientMixin.datagram_received)
    assert "self.receiver.datagram_received(" in turn
    await ice.close()
