declare module 'virtual:sample' {
  /** Address of the sample's pack, undefined when the samples are not there. */
  const url: string | undefined;
  export default url;
}
