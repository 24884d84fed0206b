// The entities of the scenarios, with relations of all kinds (lazy, eager, cascading), versions and dates.
import { EntitySchema } from 'typeorm'

export interface Author {
  id: number
  name: string
  books: Book[]
  profile?: Promise<Profile>
}

export interface Book {
  id: number
  title: string
  pages: number
  price: string | null
  data: unknown
  version: number
  deletedAt: Date | null
  author: Author
  tags: Tag[]
}

export interface Tag {
  id: number
  word: string
  books: Book[]
}

export interface Profile {
  id: string
  text: string
  author: Promise<Author>
}

export const AuthorEntity = new EntitySchema<Author>({
  name: 'Author',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    name: { type: 'varchar', length: 40, unique: true },
  },
  relations: {
    books: { type: 'one-to-many', target: 'Book', inverseSide: 'author', cascade: true },
    profile: { type: 'one-to-one', target: 'Profile', inverseSide: 'author', lazy: true, cascade: true },
  },
})

export const BookEntity = new EntitySchema<Book>({
  name: 'Book',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    title: { type: 'varchar' },
    pages: { type: 'int', nullable: true },
    price: { type: 'decimal', precision: 10, scale: 2, nullable: true },
    data: { type: 'simple-json', nullable: true },
    version: { type: 'int', version: true },
    deletedAt: { type: 'timestamp', nullable: true, deleteDate: true },
  },
  relations: {
    author: {
      type: 'many-to-one',
      target: 'Author',
      inverseSide: 'books',
      nullable: true,
      onDelete: 'CASCADE',
    },
    tags: {
      type: 'many-to-many',
      target: 'Tag',
      inverseSide: 'books',
      joinTable: true,
      eager: true,
      cascade: true,
    },
  },
  indices: [{ columns: ['title', 'pages'] }],
})

export const TagEntity = new EntitySchema<Tag>({
  name: 'Tag',
  columns: {
    id: { type: 'int', primary: true, generated: true },
    word: { type: 'varchar', length: 20, unique: true },
  },
  relations: { books: { type: 'many-to-many', target: 'Book', inverseSide: 'tags' } },
})

export const ProfileEntity = new EntitySchema<Profile>({
  name: 'Profile',
  columns: { id: { type: 'varchar', length: 36, primary: true }, text: { type: 'text' } },
  relations: {
    author: { type: 'one-to-one', target: 'Author', inverseSide: 'profile', lazy: true, joinColumn: true },
  },
})

export const entities = [AuthorEntity, BookEntity, TagEntity, ProfileEntity]

/** A table without relations, which is created and dropped five times as fast. */
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
