"""The tests of the portal; `make test` runs them."""
