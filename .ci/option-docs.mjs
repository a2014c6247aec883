// Compares the defaults stated in the doc comments of the public options with those of the core.
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import ts from 'typescript'

/** Paths of an interface's fields in the core's options; `undefined`: the core lists no defaults for them. */
const places = { TrainOptions: [], Reparameterization: ['estimator'], AdamOptions: ['adam'], ProbeOptions: ['probe'] }

/** Doc comment of a field: its sentence and its `@default`. */
function docOf(field) {
  const doc = ts.getJSDocCommentsAndTags(field).find(ts.isJSDoc)
  const tag = ts.getJSDocTags(field).find((each) => each.tagName.text === 'default')
  return {
    sentence: doc && ts.getTextOfJSDocComment(doc.comment),
    stated: tag && ts.getTextOfJSDocComment(tag.comment),
  }
}

/** Value of a literal in a doc comment, or `undefined` if the text is prose. */
function literal(text) {
  const { statements } = ts.createSourceFile('default.ts', `(${text})`, ts.ScriptTarget.Latest)
  const value = (node) => {
    if (ts.isParenthesizedExpression(node)) return value(node.expression)
    if (ts.isStringLiteral(node)) return node.text
    if (ts.isNumericLiteral(node)) return Number(node.text)
    if (node.kind === ts.SyntaxKind.TrueKeyword) return true
    if (node.kind === ts.SyntaxKind.FalseKeyword) return false
    if (ts.isArrayLiteralExpression(node)) return node.elements.map(value)
    if (ts.isObjectLiteralExpression(node)) {
      return Object.fromEntries(node.properties.map((each) => [each.name.text, value(each.initializer)]))
    }
    return undefined
  }
  return statements.length === 1 && ts.isExpressionStatement(statements[0])
    ? value(statements[0].expression)
    : undefined
}

/** True if prose fits the core's value: any prose if the core leaves it open, else with its numbers (1 is "each"). */
function proseFits(text, value) {
  if (value === undefined || value === null) return true
  const numbers = JSON.stringify(value).match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []
  return numbers.length > 0 && numbers.every((number) => number === '1' || text.includes(number))
}

/**
 * @param {string} path api/options.ts
 * @param {object} defaults the core's options with nothing set
 * @returns {string[]} one sentence for each option whose documentation is missing or wrong
 */
export function optionComplaints(path, defaults) {
  const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true)
  const interfaces = file.statements.filter(ts.isInterfaceDeclaration)
  /** True for an option whose type is an interface with its own defaults: it states none. */
  const statesItself = (field) =>
    interfaces.some(
      (each) => each.name.text === field.type?.getText() && each.members.every((member) => member.questionToken),
    )
  return interfaces.flatMap((declaration) =>
    declaration.members.filter(ts.isPropertySignature).flatMap((field) => {
      const where = `${declaration.name.text}.${field.name.text}`
      const { sentence, stated } = docOf(field)
      const isUnionTag = field.name.text === 'type' && ts.isLiteralTypeNode(field.type)
      if (!sentence) return isUnionTag ? [] : [`${where} has no doc comment`]
      if (!field.questionToken) return []
      if (!stated) return statesItself(field) ? [] : [`${where} does not state its @default`]
      const place = places[declaration.name.text]
      if (!place) return []
      const core = [...place, field.name.text].reduce((value, key) => value?.[key], defaults)
      const value = literal(stated)
      const fits = value === undefined ? proseFits(stated, core) : isDeepStrictEqual(value, core)
      return fits ? [] : [`${where} states the default ${stated}, the core has ${JSON.stringify(core)}`]
    }),
  )
}
