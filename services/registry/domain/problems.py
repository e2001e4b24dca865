"""Refusals of the registry."""

from __future__ import annotations

from services.chassis.problems import Problem


class SignInRefused(Problem):
    """The same answer whether the name, the password or the account is the reason."""

    status = 401
    zh = "用户名或密码不对，或账号已停用。请核对。"
    en = "Wrong name or password, or the account is disabled. Check them."


class SessionEnded(Problem):
    status = 401
    zh = "登录已失效，请重新登录。"
    en = "The session has ended. Sign in again."


class PasswordTooWeak(Problem):
    status = 422
    zh = "密码须为 10 至 128 个字符，且不易猜到：不得是常见或已泄露的密码，也不得由它们或用户名稍加改动而成。"
    en = (
        "A password has 10 to 128 characters and is hard to guess: not a common or breached password,"
        " nor one of these or the user name with small changes."
    )


class UsernameTaken(Problem):
    status = 409
    zh = "用户名 {username} 已被使用。"
    en = "The user name {username} is taken."


class AccountChanged(Problem):
    status = 412
    zh = "账号已被他人修改（现为第 {current} 版）。请刷新后再试。"
    en = "The account was changed by somebody else (it is version {current} now). Reload and try again."


class LastAdministrator(Problem):
    status = 409
    zh = "这是最后一个可用的管理员账号，不能停用或取消其角色。"
    en = "This is the last working administrator; it cannot be disabled or lose the role."


class UnknownBinding(Problem):
    status = 422
    zh = "{field}：本区县没有 {value}。"
    en = "{field}: this district has no {value}."


class BeyondOwnRights(Problem):
    status = 403
    zh = "{field}：{value} 超出您自己的权限范围。请由权限更大的管理员办理。"
    en = "{field}: {value} lies beyond your own rights. Ask an administrator with wider rights."


class WholeDistrictOnly(Problem):
    status = 403
    zh = "您的账号只限部分区域；这影响全区县，须由全区县的管理员办理。"
    en = "Your account is limited to an area, and this concerns the whole district. Ask an administrator of the whole district."


class ApprovalNeedsAccount(Problem):
    status = 403
    zh = "须由两人办理，请以本人账号登录；密钥既不能提出也不能批准。"
    en = "This takes two persons signed in with their accounts: a key can neither propose nor approve it."


class NotASecondPerson(Problem):
    status = 403
    zh = (
        "须由另一名管理员批准：本人提出的不能自己批准；两个账号若一个由另一个（或同一人）建立或重设过密码，也不算两人。"
    )
    en = (
        "A second person approves this: not who proposed it, nor an account that the proposer made, that made the"
        " proposer's, or that shares a maker with it. Setting a password counts as making."
    )


class ApprovalUnknown(Problem):
    status = 404
    zh = "没有待批事项 {approval}。请检查编号。"
    en = "There is no approval {approval}. Check the id."


class ApprovalDecided(Problem):
    status = 409
    zh = "此事项已不在待批状态（现为 {state}）。如仍需要，请重新提出。"
    en = "This is no longer pending (it is {state}). Propose it again if it is still wanted."


class TooManyAttempts(Problem):
    status = 429
    zh = "登录失败次数过多，请在 {seconds} 秒后再试。"
    en = "Too many failed sign-ins. Try again in {seconds} seconds."


class DistrictRefused(Problem):
    status = 422
    zh = "区划数据有 {count} 处错误，未发布。逐行说明见 findings。"
    en = "The district data has {count} faults and was not published. `findings` names each line."


class ReleaseMoved(Problem):
    status = 409
    zh = "期间已有新版本发布（现为第 {current} 版，您依据第 {based_on} 版）。请重新预览。"
    en = "Another release was published meanwhile (now {current}, you worked from {based_on}). Preview again."


class NothingToPublish(Problem):
    status = 409
    zh = "与现行版本没有差别，无需发布。"
    en = "Nothing differs from the release in force; there is nothing to publish."


class UploadUnreadable(Problem):
    status = 422
    zh = "上传的文件不是可读的 ZIP，或其中文件过多、过大。"
    en = "The upload is no readable ZIP, or holds too many or too large files."


class NoDistrictFolder(Problem):
    status = 409
    zh = "本安装未设置 GRIDLOOP_DISTRICT，或该文件夹不存在。"
    en = "GRIDLOOP_DISTRICT is not set here, or its folder is not there."


class UnknownKind(Problem):
    status = 404
    zh = "没有种类 {kind}。可用：{possible}。"
    en = "There is no kind {kind}. There are: {possible}."


class UnknownEntity(Problem):
    status = 404
    zh = "没有 {kind} {id}。请检查编号。"
    en = "There is no {kind} {id}. Check the id."


class DraftUnknown(Problem):
    status = 404
    zh = "没有清单草案 {draft}。请检查编号。"
    en = "There is no draft {draft} of the list. Check the id."


class DraftChanged(Problem):
    status = 412
    zh = "草案已被他人修改（您看到的是第 {yours} 版，现为第 {current} 版）。请刷新后再试。"
    en = "The draft was changed by somebody else (you saw version {yours}, it is {current} now). Reload and try again."


class DraftStands(Problem):
    status = 409
    zh = "草案现为“{state}”，不能这样做。现在可以：{can}。"
    en = "The draft is {state_en}; this cannot be done. Possible now: {can_en}."


class DraftNotTried(Problem):
    status = 409
    zh = "草案现在的内容尚未试算。请把 to_try 发给 POST /api/routing/list-preview，再带着答复中的 sealed 提交。"
    en = "The draft as it is now was not tried. Send `to_try` to POST /api/routing/list-preview, then submit with the `sealed` of its answer."


class DraftCollides(Problem):
    status = 409
    zh = "草案依据第 {based_on} 版，此后这些条目已有改动：{entries}。请按第 {current} 版重写草案（based_on 填 {current}），再试算、提交。"
    en = "The draft builds on release {based_on}; since then these entries changed: {entries}. Rewrite it on release {current} (`based_on`: {current}), then try and submit it again."


class DraftFaulty(Problem):
    status = 422
    zh = "草案有 {count} 处错误，见 findings。请修改后再提交。"
    en = "The draft has {count} faults; `findings` names them. Correct them and submit again."


class DraftTooLate(Problem):
    status = 409
    zh = "施行日期 {effective_on} 已过（今天是 {today}）。请把草案改为今天或以后施行，再试算、提交。"
    en = "Its day of effect, {effective_on}, has passed (today is {today}). Give the draft a day from today on, then try and submit it again."


class DraftOwn(Problem):
    status = 403
    zh = "您参与起草了此草案，或与起草人的账号出自同一人（建立账号或重设密码），须由另一名管理员以本人账号批准。"
    en = (
        "You had a hand in this draft, or your account and an author's come from the same person (who made it or set its"
        " password): another administrator approves it, signed in with an account."
    )


class DraftBeyondArea(Problem):
    status = 403
    zh = "条目 {entry}（{area}）超出您的辖区。请交由区县中心起草。"
    en = "The entry {entry} ({area}) reaches beyond your area. Leave it to the county's centre."
