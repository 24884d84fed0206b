// The forms in which `rds-iam setup` prints what it knows. Apart from what prints them, since --help lists them.
export const FORMATS = ['text', 'sql', 'policy', 'terraform', 'cdk', 'cli'] as const

export type Format = (typeof FORMATS)[number]
