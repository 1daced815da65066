/** The build takes style sheets from the program that imports them. */
declare module "*.css";
