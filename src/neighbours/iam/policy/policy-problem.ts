/** What is wrong with a policy document, in words for whoever wrote it. */
export class PolicyProblem extends Error {
  override readonly name = "PolicyProblem";
}
