// What Shopify's pages offer to scripts, as far as ours use it.
interface CustomerPrivacy {
  analyticsProcessingAllowed(): boolean;
  preferencesProcessingAllowed(): boolean;
}

interface Window {
  regularsHere?: boolean;
  regularsQueue?: { push: (...calls: unknown[][]) => unknown };
  Shopify?: {
    customerPrivacy?: CustomerPrivacy;
    loadFeatures?(features: { name: string; version: string }[], done: (error?: Error) => void): void;
  };
}
