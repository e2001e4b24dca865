"""Problem types (error responses) of the registry."""

from __future__ import annotations

from services.chassis.problems import Problem


class SignInRefused(Problem):
    """A sign-in is refused. The response does not tell the reason: wrong name, wrong password or disabled account."""

    status = 401
    zh = "用户名或密码错误，或账号已停用。请核对后重试。"
    en = "Wrong user name or password, or the account is disabled. Check them and try again."


class SessionEnded(Problem):
    status = 401
    zh = "登录已失效，请重新登录。"
    en = "The session has ended. Sign in again."


class PasswordTooWeak(Problem):
    status = 422
    zh = "密码须为 10 至 128 个字符，且不易猜到：不得使用常见或已泄露的密码，也不得由这些密码或用户名稍加改动而成。"
    en = (
        "A password must have 10 to 128 characters and be hard to guess: not a common or breached password,"
        " and neither one of these nor the user name with small changes."
    )


class UsernameTaken(Problem):
    status = 409
    zh = "用户名 {username} 已被使用。请换一个用户名。"
    en = "The user name {username} is taken. Choose another one."


class AccountChanged(Problem):
    status = 412
    zh = "账号已被他人修改（现为第 {current} 版）。请刷新后重试。"
    en = "Somebody else changed the account (now version {current}). Reload and try again."


class LastAdministrator(Problem):
    status = 409
    zh = "这是最后一个可用的管理员账号，不能停用，也不能取消其管理员角色。请先设立另一名管理员。"
    en = (
        "This is the last enabled administrator. Create another administrator before you disable it or remove the role."
    )


class UnknownBinding(Problem):
    status = 422
    zh = "{field}：本区县没有 {value}。请检查。"
    en = "{field}: this district has no {value}. Check the value."


class BeyondOwnRights(Problem):
    status = 403
    zh = "{field}：{value} 超出您本人的权限范围。请由权限更大的管理员办理。"
    en = "{field}: {value} is outside your own rights. Ask an administrator with wider rights."


class WholeDistrictOnly(Problem):
    status = 403
    zh = "您的账号只限部分区域，而此操作影响全区县。请由全区县的管理员办理。"
    en = "Your account is limited to an area, but this affects the whole district. Ask an administrator of the whole district."


class ApprovalNeedsAccount(Problem):
    status = 403
    zh = "此操作须由两人分别提出和批准，不能使用密钥。请以本人账号登录。"
    en = "Two people must propose and approve this; a key can do neither. Sign in with your account."


class NotASecondPerson(Problem):
    status = 403
    zh = (
        "须由另一名管理员批准。提出人不能批准；提出人建立或重设过密码的账号、为提出人建立账号或重设密码的账号，"
        "以及与提出人的账号由同一人建立或重设密码的账号，也不能批准。"
    )
    en = (
        "Another administrator must approve this. The proposer may not, and neither may an account that the proposer created,"
        " that created the proposer's account, or that the same person created. Resetting a password counts as creating."
    )


class ApprovalUnknown(Problem):
    status = 404
    zh = "没有待批事项 {approval}。请检查编号。"
    en = "There is no approval {approval}. Check the id."


class ApprovalDecided(Problem):
    status = 409
    zh = "此事项不再待批（现为 {state}）。如仍需要，请重新提出。"
    en = "This is no longer pending (now {state}). Propose it again if it is still needed."


class TooManyAttempts(Problem):
    status = 429
    zh = "登录失败次数过多，请在 {seconds} 秒后再试。"
    en = "Too many failed sign-ins. Try again in {seconds} seconds."


class DistrictRefused(Problem):
    status = 422
    zh = "区县数据有 {count} 处错误，未发布。请按 findings 逐行改正后重试。"
    en = "The district data has {count} faults and was not published. Correct the lines named in `findings` and try again."


class ReleaseMoved(Problem):
    status = 409
    zh = "期间已发布新版本（现为第 {current} 版，您依据的是第 {based_on} 版）。请重新预览。"
    en = "Another release was published meanwhile (now {current}; yours was based on {based_on}). Preview again."


class NothingToPublish(Problem):
    status = 409
    zh = "与现行版本没有差别，无需发布。"
    en = "Nothing differs from the current release, so there is nothing to publish."


class UploadUnreadable(Problem):
    status = 422
    zh = "上传的文件不是可读的 ZIP，或其中的文件过多、过大。请检查后重新上传。"
    en = "The upload is not a readable ZIP, or it contains too many or too large files. Check it and upload it again."


class NoDistrictFolder(Problem):
    status = 409
    zh = "未设置 GRIDLOOP_DISTRICT，或该文件夹不存在。请在服务器上设置，或改为上传文件。"
    en = "GRIDLOOP_DISTRICT is not set, or its folder does not exist. Set it on the server, or upload the files."


class UnknownKind(Problem):
    status = 404
    zh = "没有种类 {kind}。可用：{possible}。"
    en = "There is no kind {kind}. Possible kinds: {possible}."


class UnknownEntity(Problem):
    status = 404
    zh = "没有 {kind} {id}。请检查编号。"
    en = "There is no {kind} {id}. Check the id."


class DraftUnknown(Problem):
    status = 404
    zh = "没有清单草案 {draft}。请检查编号。"
    en = "There is no list draft {draft}. Check the id."


class DraftChanged(Problem):
    status = 412
    zh = "草案已被他人修改（您看到的是第 {yours} 版，现为第 {current} 版）。请刷新后重试。"
    en = "Somebody else changed the draft (you saw version {yours}, now it is {current}). Reload and try again."


class DraftActionUnavailable(Problem):
    status = 409
    zh = "草案现为“{state}”，不能进行此操作。现在可以：{can}。"
    en = "This is not possible while the draft is {state_en}. Possible now: {can_en}."


class DraftNotTried(Problem):
    status = 409
    zh = "草案的现有内容尚未试算。请把 trial_request 发给 POST /api/routing/list-preview，再带上答复中的 signed_trial 提交。"
    en = (
        "The present content of the draft has not been tried. Send `trial_request` to POST /api/routing/list-preview,"
        " then submit the draft with `signed_trial` from the response."
    )


class DraftCollides(Problem):
    status = 409
    zh = (
        "草案依据第 {based_on} 版，此后这些条目已有改动：{entries}。"
        "请按第 {current} 版重写草案（based_on 填 {current}），再试算、提交。"
    )
    en = (
        "The draft is based on release {based_on}; these entries changed since then: {entries}."
        " Rewrite it on release {current} (`based_on`: {current}), then try and submit it again."
    )


class DraftFaulty(Problem):
    status = 422
    zh = "草案有 {count} 处错误，见 findings。请改正后再提交。"
    en = "The draft has {count} faults, listed in `findings`. Correct them and submit it again."


class DraftDatePassed(Problem):
    status = 409
    zh = "施行日期 {effective_on} 已过（今天是 {today}）。请把施行日期改为今天或以后，再试算、提交。"
    en = (
        "The effective date {effective_on} has passed (today is {today})."
        " Choose today or a later day, then try and submit the draft again."
    )


class DraftOwnApproval(Problem):
    status = 403
    zh = "您参与起草了此草案，或者您的账号与某位起草人的账号由同一人建立或重设过密码。请由另一名管理员以本人账号批准。"
    en = (
        "You are an author of this draft, or the same person created or reset your account and an author's."
        " Another administrator must approve it, signed in with an account."
    )


class DraftBeyondArea(Problem):
    status = 403
    zh = "条目 {entry}（{area}）超出您的辖区。请由区县中心起草。"
    en = "The entry {entry} ({area}) is outside your area. Ask the county centre to write it."
