declare module '*.css';
declare module '*.woff2';
declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}
