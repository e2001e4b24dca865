"""SQL of supervision.

`cases` writes task rows and score entries and lists tasks, `call_backs` lists reporters to call, `scores` sums score
entries, `assists` keeps a row for each officer of a request for help, `check_ins` keeps due visits and check-ins,
`turns` reads attendance, `case_index` finds cases by place and time, `documents` keeps handover sheets and digests.
"""
