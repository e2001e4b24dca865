"""Errors about endpoints and deliveries."""

from __future__ import annotations

from services.chassis.problems import Problem


class EndpointUnknown(Problem):
    status = 404
    zh = "没有端点 {endpoint}，或它不属于贵单位。请检查编号。"
    en = "There is no endpoint {endpoint}, or it belongs to another unit. Check the id."


class DeliveryUnknown(Problem):
    status = 404
    zh = "没有投递 {delivery}，或它不属于贵单位，或已过保存期。"
    en = "There is no delivery {delivery}, or it belongs to another unit, or it has been deleted."


class TooManyEndpoints(Problem):
    status = 409
    zh = "一个单位最多登记 {limit} 个端点。请先删除不用的。"
    en = "A unit may have at most {limit} endpoints. Delete one that is not used."


class EndpointExists(Problem):
    status = 409
    zh = "此地址已登记为端点 {endpoint}（{state}）：再登记一次，每条消息都会收到两遍。请修改或恢复该端点（PATCH），或先删除它。"
    en = (
        "This URL is already registered as endpoint {endpoint} ({state}). Registered twice, it would receive every message twice."
        " Change or resume that endpoint (PATCH), or delete it first."
    )


class UnitNeeded(Problem):
    status = 422
    zh = "请写明端点属于哪个单位（unit_id）。"
    en = "State the unit of the endpoint (`unit_id`)."


class EndpointNotSending(Problem):
    status = 409
    zh = "端点现处于“{state}”，不能重发。请先恢复或验证。"
    en = "The endpoint is {state}, so nothing can be sent again. Resume or verify it first."


class TooLongAgo(Problem):
    status = 422
    zh = "只能补发最近 {days} 天内的消息。更早的请查询派遣单列表。"
    en = "Only messages of the last {days} days can be recovered. For older ones list the dispatches."


class NoEmergencyEndpoint(Problem):
    status = 422
    zh = "{unit} 不是应急单位（110、119、120、122），或 cap 格式用于普通端点。普通单位请用 kind=unit、format=json。"
    en = "{unit} is not an emergency service (110, 119, 120, 122), or CAP was requested for a unit's endpoint. Use kind=unit and format=json."
