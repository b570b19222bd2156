/** The product's mark: a gate over water. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 26 26" fill="none" aria-hidden="true">
      <path d="M4 3v20M22 3v20" stroke="currentColor" strokeWidth="2.6" strokeLinecap="round" />
      <rect x="7.6" y="3" width="10.8" height="8.6" rx="1.6" fill="currentColor" />
      <path
        d="M7.8 17c1.75-1.6 3.45-1.6 5.2 0s3.45 1.6 5.2 0M7.8 22.2c1.75-1.6 3.45-1.6 5.2 0s3.45 1.6 5.2 0"
        stroke="currentColor"
        strokeWidth="2.1"
        strokeLinecap="round"
      />
    </svg>
  );
}
