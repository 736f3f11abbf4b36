/** The end of a message about a name that is not there: ` Did you mean "get"?`, or nothing. */
export { didYouMean as suggestion } from "../../conformance/nearest.ts";
