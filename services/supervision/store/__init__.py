"""SQL of supervision.

`cases` writes task rows and score entries and lists tasks, `call_backs` lists reporters to call, `scores` sums score
entries, `assists` keeps shares of help, `check_ins` keeps due visits and check-ins, `turns` attendance, `case_index`
finds cases by place and time, `documents` keeps handover sheets and digests.
"""
