// The entity of the scenarios.
import { EntitySchema } from 'typeorm'

export interface Word {
  id: number
  word: string
}

export const WordEntity = new EntitySchema<Word>({
  name: 'Word',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    word: { type: 'varchar', length: 20, unique: true },
  },
})
