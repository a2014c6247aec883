/** Errors in the paper's text that do not affect its claims. */
export const errata: readonly { readonly where: string; readonly says: string; readonly correct: string }[] = [
  {
    where: 'eq. 5',
    says: 'The right-hand side is not the gradient of the left: ≠.',
    correct:
      'It is, in expectation: it is the score-function gradient, without bias, as E_q[∇ ln q] = 0. Kingma and Welling (2019) have ≠ E[∇(ln p − ln q)], which lacks the factor.',
  },
  {
    where: 'eq. 7, last line',
    says: 'The expectation equals the term at one draw.',
    correct: 'One draw estimates it, without bias: ≃, not =.',
  },
  { where: '2.1', says: 'p(x|z) is called a posterior.', correct: 'It is the likelihood; the posterior is p(z|x).' },
  {
    where: 'eq. 12',
    says: 'The Lagrangian is bounded by −β·KL + E[ln p(x|z)].',
    correct: 'Bounded, as the constant β·ε ≥ 0 is dropped; the two differ by just that, which no gradient sees.',
  },
]
