"""What clerks and other programs call the columns of a roster, in both languages (docs/rules.md 15.2)."""

from models.spreadsheets.headings import plain

HEADINGS = {
    "staff_no": "staff_no",
    "工号": "staff_no",
    "name": "name",
    "姓名": "name",
    "unit": "unit",
    "单位": "unit",
    "role": "role",
    "角色": "role",
    "kind": "kind",
    "类型": "kind",
    "reporter": "reporter",
    "代报人": "reporter",
    "locale": "locale",
    "语言": "locale",
    "timezone": "timezone",
    "时区": "timezone",
    "rest_days": "rest_days",
    "休息日": "rest_days",
    "wecom_id": "wecom_id",
    "企业微信账号": "wecom_id",
    "phone": "phone",
    "手机": "phone",
}  # fmt: skip -- what we write ourselves
LABELS: dict[str, dict[str, str]] = {  # what a column is called in a sentence
    "staff_no": {"en": "staff number", "zh": "工号"},
    "name": {"en": "name", "zh": "姓名"},
    "unit": {"en": "unit", "zh": "单位"},
    "role": {"en": "role", "zh": "角色"},
    "kind": {"en": "kind", "zh": "类型"},
    "reporter": {"en": "reporter", "zh": "代报人"},
    "locale": {"en": "language", "zh": "语言"},
    "timezone": {"en": "time zone", "zh": "时区"},
    "rest_days": {"en": "days off", "zh": "休息日"},
    "wecom_id": {"en": "WeCom account", "zh": "企业微信账号"},
    "phone": {"en": "phone", "zh": "手机"},
    "first_name": {"en": "first name", "zh": "名"},
    "last_name": {"en": "last name", "zh": "姓"},
}
NEEDED = ("staff_no", "name", "unit")
ACCOUNT, NUMBER, USER_ID, FIRST, LAST = "account", "number", "user_id", "first_name", "last_name"
"""Columns that mean one of ours only if nothing better is there."""

_WORDS = {
    "staff_no": """
        staff no/staff number/staff id/staff code/employee id/employee no/employee number/employee code
        emp id/emp no/personnel no/personnel number/personnel id/payroll no/payroll number/badge/badge no
        badge number/work id/worker id/job number/service number/工号/员工号/员工编号/员工工号/员工代码
        员工ID/职工号/职工编号/职工工号/职员编号/人员编号/人员编码/人员工号/人员代码/工作证号/警号/工號
        員工編號/職員編號/員工號/工作编号/个人编号/教工号/成员工号
    """,
    "name": """
        name/full name/employee name/staff name/person name/display name/employee/person/姓名/名字/员工姓名
        人员姓名/职工姓名/职员姓名/成员姓名/成员名称/真实姓名/中文姓名/员工/人员/員工姓名/職員姓名/中文名
    """,
    "unit": """
        unit/unit name/department/department name/dept/dept name/division/section/team/office/branch/station
        organisation unit/organization unit/org unit/business unit/work unit/group/workplace/site/depot
        department path/单位/单位名称/部门/部门名称/部门全称/部门路径/科室/科室名称/所属部门/所在部门
        所属单位/所在单位/工作单位/任职部门/所属科室/所在科室/处室/所属处室/股室/组织/组织机构/所属组织/机构
        所属机构/班组/所属班组/站点/所属站点/主部门/单位部门/部门科室/工作部门/单位科室/單位/部門/所屬部門
    """,
    "role": """
        role/system role/角色/系统角色/是否此部门主管/是否部门主管/是否为部门主管/部门主管/是否部门负责人
        是否为部门负责人/部门负责人/是否负责人/是否为负责人/is lead/is manager/is department manager
        department manager/team lead/lead
    """,
    "kind": "kind/类型",
    "reporter": """
        reporter/reporter no/reporter id/reported by/reported by no/代报人/代报人工号/代报人编号/代报员工
        代報人
    """,
    "locale": "locale/language/语言/界面语言/語言",
    "timezone": "timezone/time zone/tz/时区/時區",
    "rest_days": "rest days/days off/weekly days off/weekend/休息日/轮休日/休息/公休日",
    "wecom_id": """
        wecom id/wecom account/wecom userid/wecom user/企业微信账号/企业微信帐号/企业微信ID/企业微信userid
        企微账号/企微帐号/企微ID
    """,
    "phone": """
        phone/phone no/phone number/telephone/telephone no/telephone number/tel/tel no/mobile/mobile no/mobile number
        mobile phone/mobile phone number/cell/cell phone/cell phone number/cellphone/contact no/contact number
        contact phone/手机/手机号/手机号码/手机电话/电话/电话号码/联系电话/联系方式/移动电话/联系手机/手機/手機號
        手機號碼/電話/電話號碼/聯繫電話/聯絡電話
    """,
    ACCOUNT: """
        account/account id/user name/username/login/userid/user id/账号/帐号/账户/帐户/用户名/登录名
        登录账号/登录帐号/帳號/賬號
    """,
    USER_ID: "员工userid/钉钉userid/钉钉ID/dingtalk userid/dingtalk id",
    NUMBER: "no/number/id/code/编号/号码/编码/代码/號碼/編號",
    FIRST: "first name/given name/forename/名",
    LAST: "last name/family name/surname/姓/姓氏",
}
KNOWN = {
    plain(word): column
    for column, words in reversed(_WORDS.items())
    for line in words.strip().splitlines()
    for word in line.strip().split("/")
} | {plain(heading): name for heading, name in HEADINGS.items()}
CHINESE = frozenset(word for word in KNOWN if len(word) > 1 and not word.isascii())
WECOM = frozenset(map(plain, ("别名", "激活状态", "禁用状态", "微信插件", "英文名", "企业邮箱", "座机")))
"""Headings of which a directory export of WeCom has some, and hardly another file."""
