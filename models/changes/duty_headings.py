"""What clerks, and our own file, call the columns of a duty table, in both languages (docs/rules.md 35.16)."""

from models.spreadsheets.headings import plain

LABELS: dict[str, dict[str, str]] = {  # what a column is called in a sentence
    "day": {"en": "date or weekday", "zh": "日期或星期"},
    "shift": {"en": "shift", "zh": "班次"},
    "name": {"en": "name", "zh": "姓名"},
    "staff_no": {"en": "staff number", "zh": "工号"},
    "hours": {"en": "hours", "zh": "时间"},
    "start": {"en": "begins", "zh": "开始时间"},
    "end": {"en": "ends", "zh": "结束时间"},
    "need": {"en": "posts", "zh": "岗位数"},
    "unit": {"en": "unit", "zh": "单位"},
}
_WORDS = {
    "day": """
        day/date/duty date/duty day/shift date/日期/值班日期/值班时间日期/班次日期/日期班次/日期值班/时间日期
        排班日期/值日
    """,
    "weekday": """
        weekday/weekdays/day of week/day of the week/days of the week/week day/星期/周几/星期几/适用日/周次/星期班次
        班次星期/适用星期/每周
    """,
    "shift": """
        shift/shift name/duty shift/duty type/班次/班别/班种/班次名称/岗位/值班岗位/值班班次/值班类别/值班类型
        班组班次
    """,
    "start": """
        begins/begin/start/starts/start time/from/shift start/on duty from/开始/开始时间/起/起始时间/上班时间
        到岗时间/自
    """,
    "end": """
        ends/end/finish/end time/until/to/till/shift end/on duty until/结束/结束时间/止/截止时间/终止时间/下班时间
        离岗时间/至
    """,
    "hours": """
        hours/time/times/shift hours/shift time/duty hours/duty time/时间/时段/值班时间/值班时段/班次时间/起止时间
        工作时间
    """,
    "need": """
        posts/needed/need/people needed/number needed/headcount/at a time/每班人数/岗位数/需要人数/需人数/应到人数
        定员/人数
    """,
    "staff_no": """
        staff number/staff no/staff id/employee id/employee no/employee number/工号/员工号/员工编号/职工号/人员编号
        警号/工號
    """,
    "name": """
        name/full name/person/people/on duty/who/staff/employee/employee name/names/taking turns/people in turn/姓名
        名字/人员/值班人员/值班人/值班员/值班者/值班人姓名/值班人员姓名/当班人员/排班人员/轮值人员/人员姓名/员工姓名
    """,
    "unit": """
        unit/unit name/department/dept/team/station/office/单位/单位名称/部门/科室/站点/所属单位/值班单位/值班部门
    """,
    "left_out": """
        no/number/remark/remarks/note/notes/comment/comments/phone/telephone/tel/mobile/signature/signed/state
        status/where/checked in at/handed over/序号/备注/说明/电话/值班电话/联系电话/手机/手机号/联系方式/签名/签字
        状态/签到时间/到岗/签到/地点/值班地点/交接/交接情况/审核
    """,
}
KNOWN = {
    plain(word): column
    for column, words in _WORDS.items()
    for line in words.strip().splitlines()
    for word in line.strip().split("/")
}
CHINESE = frozenset(word for word in KNOWN if len(word) > 1 and not word.isascii())
