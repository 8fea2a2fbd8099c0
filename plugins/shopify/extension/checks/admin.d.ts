// Inside Shopify's admin App Bridge stands on the window.
import type { ShopifyGlobal } from "@shopify/app-bridge-types";

declare global {
  interface Window {
    shopify: ShopifyGlobal;
  }
}
