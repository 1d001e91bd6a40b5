"""Make a clerk's two Excel files, and the words on the buttons, for the screenshots."""

from tests.support.workbooks import workbook

WORDS = {
    "en": {
        "root": "River District", "admin": "Zhou Min", "station": "Station 1", "filled": "filled Station 1",
        "roster": "our people.xlsx", "form": "temperature.xlsx", "import": "Import", "today": "today",
        "confirm": "Confirm", "zero": "Zero report",
    },
    "zh": {
        "root": "云溪区局", "admin": "周敏", "station": "一站", "filled": "有情况 一站", "roster": "人员名单.xlsx",
        "form": "体温.xlsx", "import": "导入", "today": "今天", "confirm": "确认", "zero": "零报告",

    },
}  # fmt: skip
ROSTER = {
    "en": workbook(Staff=[
        ["Staff no", "Name", "Unit", "Role", "Shoe size"],
        [1002, "Zhou Min", "River District", "admin", 38],
        [1003, "Wang Jianguo", "River District/Station 1", "lead", 43],
        [1004, "Zhang Wei", "River District/Station 1", "", 42], [1005, "Li Mei", "River District/Station 1", "", 37],
        [1007, "Zhao Qiang", "River District/Station 2", "lead", 44],
        [1008, "Qian Li", "River District/Station 2", "", 36],
    ]),
    "zh": workbook(人员=[
        ["工号", "姓名", "单位", "角色", "鞋码"],
        [1002, "周敏", "云溪区局", "管理员", 38], [1003, "王建国", "云溪区局/一站", "负责人", 43],
        [1004, "张伟", "云溪区局/一站", "", 42], [1005, "李梅", "云溪区局/一站", "", 37],
        [1007, "赵强", "云溪区局/二站", "负责人", 44], [1008, "钱丽", "云溪区局/二站", "", 36],
    ]),
}  # fmt: skip
FORM = {
    "en": workbook(
        survey=[["type", "name", "label", "hint", "required", "constraint"],
                ["decimal", "temperature", "Temperature (°C)", "Just the number, such as 36.5", "yes",
                 ". >= 34 and . <= 43"],
                ["text", "where", "Where are you now?", None, None, None]],
        choices=[["list_name", "name", "label"]],
        settings=[["form_title", "form_id", "statement"],
                  ["Temperature", "temperature", "My temperature is normal today."]],
    ),
    "zh": workbook(
        survey=[["type", "name", "label", "hint", "required", "constraint"],
                ["decimal", "temperature", "体温（℃）", "只填数字，如 36.5", "yes", ". >= 34 and . <= 43"],
                ["text", "where", "现在在哪里？", None, None, None]],
        choices=[["list_name", "name", "label"]],
        settings=[["form_title", "form_id", "statement"], ["体温", "temperature", "今天体温正常。"]],
    ),
}  # fmt: skip
