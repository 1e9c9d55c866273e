"""Documents made from templates: a guard, a sandbox and a child process with limits.

Plain values come in, bytes go out. Nothing here reads the database or knows a person's rights:
whoever calls has asked the gate already. `render.render` is the one way to produce a document.
"""
