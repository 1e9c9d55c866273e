"""The web: the only package that speaks Flask.

Thin: read the request, ask the gate or call one use, answer.
"""
