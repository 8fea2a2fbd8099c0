"""Which version of Shopify's Admin API is spoken. The pruned schema in the tests is of the same one."""

API_VERSION = "2026-10"
