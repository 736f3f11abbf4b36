/** The end of a message about an unknown name: ` Did you mean "get"?`, or nothing. */
export { didYouMean as suggestion } from "../../nearest.ts";
