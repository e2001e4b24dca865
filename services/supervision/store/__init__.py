"""SQL of supervision: `cases` writes the rows that follow from cases and lists tasks, `call_backs` lists whom to call, `scores` adds up the books, `assists` the burden
of communities, `rounds` keeps duties and visits, `watched` finds cases by place and time, `papers` keeps what is signed.
"""
