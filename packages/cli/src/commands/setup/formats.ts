// The output formats of `rds-iam setup`. In a separate file, because --help lists them without loading the rest.
export const FORMATS = ['text', 'sql', 'policy', 'terraform', 'cdk', 'cli'] as const

export type Format = (typeof FORMATS)[number]
