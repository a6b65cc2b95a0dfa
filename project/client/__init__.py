"""The client for Python programs, made from the OpenAPI document.

`manage.py client FOLDER` writes a typed package, `assets_client`: openapi-python-client makes its
models and operations, and `connecting` comes with it, which signs a program in and raises refusals.
"""
