"""OFD (GB/T 33190-2016), the national layout format: zip files of XML that draw pages."""
