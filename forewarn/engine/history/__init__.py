"""Past incidents from files that nobody prepared: how their columns are meant, what each incident came to.

From them a table is tested, and rules that it lacks are mined.
"""
