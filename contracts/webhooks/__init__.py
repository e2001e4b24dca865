"""Webhooks: messages `{type, timestamp, data}` to responsible units, the upstream platform and the message gateway.

The gateway sends SMS or 企业微信 messages for the city. The service dispatch signs and delivers webhooks by Standard
Webhooks 1.0. Each body is smaller than 20 kB and contains no name, phone number or reference of a resident. Receivers
must ignore unknown fields and types, because new versions may add fields and types.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from contracts.base import Contract, Instant
from contracts.handover import Handover
from contracts.timeline import About
from contracts.webhooks.data import (
    DispatchCaseData,
    DispatchClosedData,
    DispatchCorrectedData,
    DispatchCreatedData,
    DispatchData,
    DispatchExtensionDecidedData,
    DispatchInformationAddedData,
    DispatchReopenedData,
    DispatchReplyDueMovedData,
    DispatchReturnRefusedData,
    DispatchReworkOrderedData,
    DispatchSupervisionOrderedData,
    DispatchSuspensionDecidedData,
    DispatchUrgedData,
    DispatchWithdrawnData,
    EndpointTestData,
    NoticeRequestedData,
    NoticeTemplate,
    Text,
    WebhookCategory,
    WebhookCondition,
    WebhookLinks,
    WebhookPhoto,
    WebhookPlace,
)
from contracts.webhooks.upstream_data import (
    ReportAcceptedData,
    ReportClosedData,
    ReportProgressedData,
    ReportReturnedUpstreamData,
    UpstreamData,
    UpstreamStep,
)

__all__ = [
    "BODY_LIMIT",
    "WEBHOOKS",
    "DispatchCaseData",
    "DispatchClosed",
    "DispatchClosedData",
    "DispatchCorrected",
    "DispatchCorrectedData",
    "DispatchCreated",
    "DispatchCreatedData",
    "DispatchData",
    "DispatchExtensionDecided",
    "DispatchExtensionDecidedData",
    "DispatchInformationAdded",
    "DispatchInformationAddedData",
    "DispatchReopened",
    "DispatchReopenedData",
    "DispatchReplyDueMoved",
    "DispatchReplyDueMovedData",
    "DispatchReturnRefused",
    "DispatchReturnRefusedData",
    "DispatchReworkOrdered",
    "DispatchReworkOrderedData",
    "DispatchSupervisionOrdered",
    "DispatchSupervisionOrderedData",
    "DispatchSuspensionDecided",
    "DispatchSuspensionDecidedData",
    "DispatchUrged",
    "DispatchUrgedData",
    "DispatchWithdrawn",
    "DispatchWithdrawnData",
    "EndpointTest",
    "EndpointTestData",
    "HandoverMessage",
    "NoticeRequested",
    "NoticeRequestedData",
    "NoticeTemplate",
    "ReportAccepted",
    "ReportAcceptedData",
    "ReportClosed",
    "ReportClosedData",
    "ReportProgressed",
    "ReportProgressedData",
    "ReportReturnedUpstream",
    "ReportReturnedUpstreamData",
    "Text",
    "UpstreamData",
    "UpstreamStep",
    "Webhook",
    "WebhookCategory",
    "WebhookCondition",
    "WebhookLinks",
    "WebhookPhoto",
    "WebhookPlace",
]

BODY_LIMIT = 20_000
"""Bytes that a body must stay below; receivers may refuse larger bodies (Standard Webhooks, payload size)."""


class Webhook(Contract):
    """Base of all webhook bodies.

    `timestamp` is the instant of the event that the message reports; for `endpoint.test` the instant of the test.
    """

    TYPE: ClassVar[str]
    ABOUT: ClassVar[About]

    type: str
    timestamp: Instant
    data: Contract

    def to_bytes(self) -> bytes:
        """Return the JSON body. Raises `ValueError` if it has 20 kB or more."""
        body = self.model_dump_json(exclude_none=True).encode()
        if len(body) >= BODY_LIMIT:
            raise ValueError(f"{self.type}: {len(body)} bytes, allowed are less than {BODY_LIMIT}")
        return body


class DispatchCreated(Webhook):
    """A new dispatch 派遣单 for the unit."""

    TYPE = "dispatch.created"
    ABOUT = About(zh="新派遣单。")
    type: Literal["dispatch.created"] = "dispatch.created"
    data: DispatchCreatedData


class DispatchWithdrawn(Webhook):
    """The dispatch was withdrawn. The unit has nothing more to do."""

    TYPE = "dispatch.withdrawn"
    ABOUT = About(zh="派遣单收回。")
    type: Literal["dispatch.withdrawn"] = "dispatch.withdrawn"
    data: DispatchWithdrawnData


class DispatchReturnRefused(Webhook):
    """The return 退单 that the unit asked for was refused. The unit keeps the dispatch."""

    TYPE = "dispatch.return_refused"
    ABOUT = About(zh="不准退单。")
    type: Literal["dispatch.return_refused"] = "dispatch.return_refused"
    data: DispatchReturnRefusedData


class DispatchUrged(Webhook):
    """A reminder 催办 about the dispatch."""

    TYPE = "dispatch.urged"
    ABOUT = About(zh="催办。")
    type: Literal["dispatch.urged"] = "dispatch.urged"
    data: DispatchUrgedData


class DispatchSupervisionOrdered(Webhook):
    """A supervision order 督办 about the dispatch. The order needs a reply."""

    TYPE = "dispatch.supervision_ordered"
    ABOUT = About(zh="督办，须回复。")
    type: Literal["dispatch.supervision_ordered"] = "dispatch.supervision_ordered"
    data: DispatchSupervisionOrderedData


class DispatchReplyDueMoved(Webhook):
    """The deadline of the reply to a supervision order moved."""

    TYPE = "dispatch.reply_due_moved"
    ABOUT = About(zh="督办的回复时限改变：当年工作日历公布。")
    type: Literal["dispatch.reply_due_moved"] = "dispatch.reply_due_moved"
    data: DispatchReplyDueMovedData


class DispatchReworkOrdered(Webhook):
    """Rework 返工 of the dispatch was ordered."""

    TYPE = "dispatch.rework_ordered"
    ABOUT = About(zh="返工。")
    type: Literal["dispatch.rework_ordered"] = "dispatch.rework_ordered"
    data: DispatchReworkOrderedData


class DispatchExtensionDecided(Webhook):
    """The extension 延期 that the unit requested was granted or refused."""

    TYPE = "dispatch.extension_decided"
    ABOUT = About(zh="延期申请的答复。")
    type: Literal["dispatch.extension_decided"] = "dispatch.extension_decided"
    data: DispatchExtensionDecidedData


class DispatchSuspensionDecided(Webhook):
    """The suspension 挂账 that the unit requested was granted or refused."""

    TYPE = "dispatch.suspension_decided"
    ABOUT = About(zh="挂账申请的答复。")
    type: Literal["dispatch.suspension_decided"] = "dispatch.suspension_decided"
    data: DispatchSuspensionDecidedData


class DispatchInformationAdded(Webhook):
    """The reporter added information about the case."""

    TYPE = "dispatch.information_added"
    ABOUT = About(zh="诉求人补充信息。")
    type: Literal["dispatch.information_added"] = "dispatch.information_added"
    data: DispatchInformationAddedData


class DispatchCorrected(Webhook):
    """The category, condition or place of the case was corrected 更正."""

    TYPE = "dispatch.corrected"
    ABOUT = About(zh="更正：派遣单所述事项的类别、立案条件或位置有误，现为此。")
    type: Literal["dispatch.corrected"] = "dispatch.corrected"
    data: DispatchCorrectedData


class DispatchClosed(Webhook):
    """The case ended. An emergency service that acknowledged a hand-over and still works on it continues by itself."""

    TYPE = "dispatch.closed"
    ABOUT = About(zh="案件已结；应急单位已接收而未办结的部分仍由其办理。")
    type: Literal["dispatch.closed"] = "dispatch.closed"
    data: DispatchClosedData


class DispatchReopened(Webhook):
    """A case was reopened. The unit had completed its dispatch, or had acknowledged the case as a hand-over.

    Another message follows if the unit must act.
    """

    TYPE = "dispatch.reopened"
    ABOUT = About(zh="已办结的案件重启；须做什么另有消息。")
    type: Literal["dispatch.reopened"] = "dispatch.reopened"
    data: DispatchReopenedData


class HandoverMessage(Webhook):
    """A hand-over message 移交 to an emergency service, as `contracts.handover` defines it."""

    TYPE = "handover.message"
    ABOUT = About(zh="移交应急单位的信封：通报、更新、撤回、应答、拒绝、结果。")
    type: Literal["handover.message"] = "handover.message"
    data: Handover


class ReportAccepted(Webhook):
    """The district acknowledges an order of the upstream platform 签收."""

    TYPE = "report.accepted"
    ABOUT = About(zh="（上级平台）派来的件已签收，附本区案件号。")
    type: Literal["report.accepted"] = "report.accepted"
    data: ReportAcceptedData


class ReportProgressed(Webhook):
    """The district reports progress on an order to the upstream platform."""

    TYPE = "report.progressed"
    ABOUT = About(zh="（上级平台）办理进展。")
    type: Literal["report.progressed"] = "report.progressed"
    data: ReportProgressedData


class ReportClosed(Webhook):
    """The district reports the result of an order to the upstream platform."""

    TYPE = "report.closed"
    ABOUT = About(zh="（上级平台）办理结果。")
    type: Literal["report.closed"] = "report.closed"
    data: ReportClosedData


class ReportReturnedUpstream(Webhook):
    """The district sends an order back to the upstream platform 退回上级."""

    TYPE = "report.returned_upstream"
    ABOUT = About(zh="（上级平台）认为不属本区，请决定是否收回。")
    type: Literal["report.returned_upstream"] = "report.returned_upstream"
    data: ReportReturnedUpstreamData


class NoticeRequested(Webhook):
    """A notification that the SMS or 企业微信 gateway of the city must send to a person."""

    TYPE = "notice.requested"
    ABOUT = About(zh="（通知网关）请以短信或企业微信通知某人：叫醒值守人员，或告知诉求人。")
    type: Literal["notice.requested"] = "notice.requested"
    data: NoticeRequestedData


class EndpointTest(Webhook):
    """A test message to an endpoint after it was registered or changed, or on request."""

    TYPE = "endpoint.test"
    ABOUT = About(zh="接口验证：请原样回传 challenge。")
    type: Literal["endpoint.test"] = "endpoint.test"
    data: EndpointTestData


WEBHOOKS: dict[str, type[Webhook]] = {
    model.TYPE: model
    for model in (
        DispatchCreated,
        DispatchWithdrawn,
        DispatchReturnRefused,
        DispatchUrged,
        DispatchSupervisionOrdered,
        DispatchReplyDueMoved,
        DispatchReworkOrdered,
        DispatchExtensionDecided,
        DispatchSuspensionDecided,
        DispatchInformationAdded,
        DispatchCorrected,
        DispatchClosed,
        DispatchReopened,
        HandoverMessage,
        ReportAccepted,
        ReportProgressed,
        ReportClosed,
        ReportReturnedUpstream,
        NoticeRequested,
        EndpointTest,
    )
}
"""Webhook class by its `TYPE`."""
